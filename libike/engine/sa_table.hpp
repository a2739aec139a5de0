#pragma once
// Every IKE SA of an engine: by our SPI, by handle, by Child SA, and half-open ones by where they come from.
#include <unordered_map>

#include "libike/engine/graveyard.hpp"
#include "libike/engine/ike_sa.hpp"
#include "libike/engine/lease_book.hpp"

namespace ike::engine {

class SaTable {
public:
    /// Takes the SA and makes it the bearer of its handle if there is none. It is touched: the step's end
    /// looks at it.
    IkeSa& add(std::unique_ptr<IkeSa> sa);
    void remove(IkeSa& sa);
    IkeSa* find(IkeSpi own) const;
    IkeSa* find(IkeSaId handle) const;
    IkeSa* find_by_child(ChildSaId child) const;
    IkeSa* find_by_esp(std::uint32_t spi_in) const;
    /// From now on the handle means this SA.
    void make_current(IkeSa& sa);
    bool is_current(const IkeSa& sa) const;

    IkeSaId next_handle() { return IkeSaId{++last_handle_}; }
    ChildSaId next_child() { return ChildSaId{++last_child_}; }
    /// SPIs of ours that no SA has; never 0, the upper half never 0 so that no non-ESP marker is seen in it.
    IkeSpi fresh_ike_spi(Rng& rng) const;
    std::uint32_t fresh_esp_spi(Rng& rng) const;
    void set_child(ChildSaId child, IkeSaId ike_sa) { children_[child] = ike_sa; }
    void remove_child(ChildSaId child) { children_.erase(child); }
    void set_esp(std::uint32_t spi_in, IkeSaId ike_sa) { esp_[spi_in] = ike_sa; }
    void remove_esp(std::uint32_t spi_in) { esp_.erase(spi_in); }

    // ---- half-open SAs of a responder
    struct Origin {
        IkeSpi spi_i = 0;
        Endpoint remote;
        friend bool operator==(const Origin&, const Origin&) = default;
    };
    IkeSa* half_open(const Origin& origin) const;
    void set_half_open(const Origin& origin, IkeSa& sa) { half_open_[origin] = sa.own_spi(); }
    void remove_half_open(const Origin& origin) { half_open_.erase(origin); }
    std::size_t half_open_count() const { return half_open_.size(); }

    void touch(IkeSa& sa);
    std::vector<IkeSpi> take_touched() { return std::exchange(touched_, {}); }
    std::vector<const IkeSa*> current() const;  ///< in the order of handles
    std::vector<IkeSa*> established() const;    ///< current ones, in the order of handles
    /// Every other current, established SA between the same two identities (RFC 7296 section 2.4,
    /// INITIAL_CONTACT).
    std::vector<IkeSa*> others_between(const IkeSa& sa) const;
    TimerTable timers;
    Graveyard graves;
    LeaseBook leases;

private:
    struct OriginHash {
        std::size_t operator()(const Origin& origin) const noexcept {
            return std::hash<Endpoint>{}(origin.remote) ^ std::hash<IkeSpi>{}(origin.spi_i);
        }
    };
    std::unordered_map<IkeSpi, std::unique_ptr<IkeSa>> by_spi_;
    std::unordered_map<IkeSaId, IkeSa*> by_handle_;
    std::unordered_map<ChildSaId, IkeSaId> children_;
    std::unordered_map<std::uint32_t, IkeSaId> esp_;
    std::unordered_map<Origin, IkeSpi, OriginHash> half_open_;
    std::vector<IkeSpi> touched_;
    std::uint32_t last_handle_ = 0, last_child_ = 0;
};

}  // namespace ike::engine
