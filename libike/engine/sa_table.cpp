#include "libike/engine/sa_table.hpp"

namespace ike::engine {

IkeSa& SaTable::add(std::unique_ptr<IkeSa> sa) {
    auto& added = *sa;
    by_spi_[added.own_spi()] = std::move(sa);
    by_handle_.try_emplace(added.id, &added);
    touch(added);
    return added;
}

void SaTable::remove(IkeSa& sa) {
    timers.set(sa, std::nullopt);
    if (sa.role == Role::responder || !sa.decides_paths()) leases.give_back(sa.inner_addresses);
    if (is_current(sa)) by_handle_.erase(sa.id);
    if (half_open({sa.spi_i, sa.half_open_from}) == &sa) remove_half_open({sa.spi_i, sa.half_open_from});
    by_spi_.erase(sa.own_spi());
}

IkeSa* SaTable::find(IkeSpi own) const {
    const auto found = by_spi_.find(own);
    return found == by_spi_.end() ? nullptr : found->second.get();
}

IkeSa* SaTable::find(IkeSaId handle) const {
    const auto found = by_handle_.find(handle);
    return found == by_handle_.end() ? nullptr : found->second;
}

IkeSa* SaTable::find_by_child(ChildSaId child) const {
    const auto found = children_.find(child);
    return found == children_.end() ? nullptr : find(found->second);
}

IkeSa* SaTable::find_by_esp(std::uint32_t spi_in) const {
    const auto found = esp_.find(spi_in);
    return found == esp_.end() ? nullptr : find(found->second);
}

void SaTable::make_current(IkeSa& sa) { by_handle_[sa.id] = &sa; }

bool SaTable::is_current(const IkeSa& sa) const { return find(sa.id) == &sa; }

IkeSpi SaTable::fresh_ike_spi(Rng& rng) const {
    for (;;) {
        const auto spi = rng.number();
        if (spi >> 32 != 0 && !by_spi_.contains(spi)) return spi;
    }
}

std::uint32_t SaTable::fresh_esp_spi(Rng& rng) const {
    for (;;) {
        const auto spi = static_cast<std::uint32_t>(rng.number());
        // RFC 4303 section 2.1: 1 to 255 are reserved, 0 is never sent.
        if (spi > 255 && !esp_.contains(spi)) return spi;
    }
}

IkeSa* SaTable::half_open(const Origin& origin) const {
    const auto found = half_open_.find(origin);
    return found == half_open_.end() ? nullptr : find(found->second);
}

void SaTable::touch(IkeSa& sa) {
    if (std::ranges::find(touched_, sa.own_spi()) == touched_.end()) touched_.push_back(sa.own_spi());
}

std::vector<const IkeSa*> SaTable::current() const {
    std::vector<const IkeSa*> all;
    all.reserve(by_handle_.size());
    for (const auto& [handle, sa] : by_handle_) all.push_back(sa);
    std::ranges::sort(all, {}, [](const IkeSa* sa) { return sa->id; });
    return all;
}

std::vector<IkeSa*> SaTable::established() const {
    std::vector<IkeSa*> all;
    for (const auto& [handle, sa] : by_handle_) {
        if (sa->phase == Phase::established) all.push_back(sa);
    }
    std::ranges::sort(all, {}, &IkeSa::id);
    return all;
}

std::vector<IkeSa*> SaTable::others_between(const IkeSa& sa) const {
    std::vector<IkeSa*> others;
    for (const auto& [handle, other] : by_handle_) {
        if (other == &sa || other->phase != Phase::established) continue;
        // Before IKE_AUTH is over an initiator knows only whom it called.
        const bool same_peer = sa.remote_id ? other->remote_id == sa.remote_id : other->peer == sa.peer;
        if (other->local_id == sa.local_id && same_peer) others.push_back(other);
    }
    std::ranges::sort(others, {}, &IkeSa::id);
    return others;
}

}  // namespace ike::engine
