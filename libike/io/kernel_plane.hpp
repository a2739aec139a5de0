#pragma once
// ESP in the kernel (XFRM over netlink): the Child SAs that the engine orders become states and policies,
// which follow it when it moves them. For libike/io alone; Session chooses it.
#include <map>

#include "libike/engine/data_plane.hpp"
#include "libike/io/netlink.hpp"

namespace ike::io {

class KernelPlane {
public:
    /// Probes that the kernel has ESP and lets us use it; the error says which of the two is missing and what
    /// to do.
    static Result<KernelPlane> open();
    /// Removes every state and policy it made.
    ~KernelPlane();
    KernelPlane(KernelPlane&&) noexcept = default;
    KernelPlane& operator=(KernelPlane&&) = delete;

    /// Takes what an Outbox orders. The error says what the kernel would not do; what was done before it
    /// stays.
    Result<bool> apply(DataPlaneChange change);
    /// Counters as the kernel has them; what it does not count stays 0.
    std::vector<ChildTraffic> traffic();
    /// The limits (ChildLimits) that Child SAs met since the last call.
    std::vector<LimitReached> take_limits();
    /// Lets the IKE traffic of a socket past the policies (IP_XFRM_POLICY), and has the kernel take ESP in
    /// UDP off it (UDP_ENCAP).
    static Result<bool> prepare_socket(int descriptor, Address::Family family);

private:
    explicit KernelPlane(Netlink netlink) : netlink_{std::move(netlink)} {}
    struct Child {
        InstallChild order;  ///< keys are kept: a kernel that cannot migrate has its states made again
        /// Counted by states that were made again since.
        std::uint64_t packets_in = 0, octets_in = 0, packets_out = 0, octets_out = 0;
        bool soft_told = false, hard_told = false;
        bool outbound = false;  ///< installed; the outbound half of a rekeyed SA waits for PreferChild
    };
    enum class Way : std::uint8_t { in, out };
    Result<bool> install(InstallChild order);
    Result<bool> prefer(std::uint32_t spi_in);
    Result<bool> move(const MoveChild& order);
    void remove(std::uint32_t spi_in);
    /// `replay`: attributes of the state that this one replaces, or empty.
    Result<bool> add_state(const Child& child, Way way, ByteView replay = {});
    int delete_state(const Address& destination, std::uint32_t spi);
    std::optional<Bytes> get_state(const Address& destination, std::uint32_t spi);
    Result<bool> move_state(const Child& before, const Child& after, Way way);
    Result<bool> put_policies(const InstallChild& order, std::uint16_t type);
    void delete_policies(const InstallChild& order);
    Netlink netlink_;
    /// As the kernel counts now, with what was counted before.
    ChildTraffic count(const Child& child);
    std::map<std::uint32_t, Child> children_;  ///< by inbound SPI
};

}  // namespace ike::io
