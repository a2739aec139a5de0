#pragma once
// The tunnel that probes go through, made anew when a probe cost it its IKE SA, and what the network says
// meanwhile.
#include <functional>
#include <memory>
#include <optional>

#include "tools/common/tunnel.hpp"
#include "tools/ikemtu/measured.hpp"

class Rig {
public:
    Rig(ike::io::Loop& loop, Profile profile, const CommonOptions& options, Output& output);

    /// A tunnel that is up; a new one where the last was lost. The error says why there is none.
    ike::Result<Tunnel*> tunnel();
    /// How often it had to be made anew.
    unsigned lost() const { return made_ > 0 ? made_ - 1 : 0; }
    /// Sockets and files could be opened: what failed after that, failed at the gateway.
    bool opened() const { return opened_; }
    void close();

    /// Who gets what happens in the tunnel that there is. Nothing: nobody.
    struct Listener {
        std::function<void(ike::Instant, const ike::Event&)> event;
        std::function<void(const ike::io::InnerArrival&)> inner;
        std::function<void(const ike::io::NetworkError&)> error;
        std::function<void(const ike::io::DatagramSeen&)> datagram;
    };
    /// Until forget(); what it refers to must live until then.
    void listen(Listener listener) { *listener_ = std::move(listener); }
    void forget() { *listener_ = {}; }
    /// The largest IKE datagram received, without marker.
    std::size_t largest_ike_in() const { return *largest_ike_in_; }
    ike::io::Loop& loop() { return loop_; }

private:
    void connect(Tunnel& tunnel);
    ike::io::Loop& loop_;
    Profile profile_;
    const CommonOptions& options_;
    Output& output_;
    std::optional<Tunnel> tunnel_;
    unsigned made_ = 0;
    bool opened_ = false;
    std::shared_ptr<Listener> listener_ = std::make_shared<Listener>();
    std::shared_ptr<std::size_t> largest_ike_in_ = std::make_shared<std::size_t>(0);
};

/// The IKE message in a UDP datagram, without marker; nothing when it is none.
std::optional<ike::ByteView> ike_octets(const ike::io::DatagramSeen& seen);
