#include "libike/io/session.hpp"

#include <fmt/format.h>

#include "libike/io/host.hpp"
#include "libike/io/session_state.hpp"

namespace ike::io {

// --------------------------------------------------------------------------------------------

Result<Session> Session::open(Loop& loop, SessionConfig config) {
    auto state = std::make_unique<State>(loop, config);
    for (const auto opener :
         {&State::open_kernel, &State::open_inner, &State::open_sockets, &State::open_files}) {
        if (const auto opened = ((*state).*opener)(config); !opened) return std::unexpected{opened.error()};
    }
    state->start(std::move(config.engine), state->sockets->has_native_esp());
    return Session{std::move(state)};
}

Session::Session(std::unique_ptr<State> state) : state_{std::move(state)} {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

void Session::on_event(std::function<void(Instant, const Event&)> listener) {
    state_->event_listeners.push_back(std::move(listener));
}
void Session::on_inner(std::function<void(const InnerArrival&)> listener) {
    state_->inner_listeners.push_back(std::move(listener));
}
void Session::on_network_error(std::function<void(Instant, const NetworkError&)> listener) {
    state_->error_listeners.push_back(std::move(listener));
}
void Session::on_datagram(std::function<void(const DatagramSeen&)> listener) {
    state_->datagram_listeners.push_back(std::move(listener));
}
void Session::on_remark(std::function<void(const Error&)> listener) {
    state_->remark_listeners.push_back(std::move(listener));
}

void Session::step(Input input) { state_->step(std::move(input)); }

Result<bool> Session::initiate(std::size_t peer, const Address& remote, std::optional<Address> local) {
    return initiate(peer, std::span{&remote, 1}, std::move(local));
}

Result<bool> Session::initiate(std::size_t peer, std::span<const Address> remotes,
                               std::optional<Address> local) {
    constexpr std::size_t most_pairs = 16;
    const auto& config = state_->engine->config();
    std::vector<Path> paths;
    std::optional<Error> why_not;
    for (const auto& remote : remotes) {
        auto sources = sources_for(remote, local);
        if (!sources) {
            if (!why_not) why_not = std::move(sources.error());
            continue;
        }
        for (const auto& source : *sources)
            paths.push_back({{source, config.ike_port}, {remote, config.remote_ike_port}});
    }
    if (paths.empty())
        return std::unexpected{why_not.value_or(Error{"no address of the gateway is known", {}})};
    if (paths.size() > most_pairs) paths.resize(most_pairs);
    const auto first = paths.front();
    paths.erase(paths.begin());
    state_->step(Initiate{peer, first, std::move(paths)});
    return true;
}

Result<std::vector<Address>> Session::sources_for(const Address& remote,
                                                  const std::optional<Address>& wanted) const {
    std::vector<Address> sources;
    if (wanted) {
        if (wanted->family() == remote.family()) sources.push_back(*wanted);
    } else {
        std::ranges::copy_if(state_->local, std::back_inserter(sources),
                             [&](const Address& each) { return each.family() == remote.family(); });
    }
    if (!sources.empty()) return sources;
    if (wanted || !state_->local.empty()) {
        return failure(fmt::format("{}: no local address of its family was named", to_string(remote)),
                       "name one with --local");
    }
    auto source = source_for(remote);
    if (!source) return std::unexpected{source.error()};
    return std::vector{*source};
}

std::expected<DataPlane::Sealed, DataPlane::OutFailure> Session::send_inner(ByteView packet) {
    const auto sealed = state_->seal(now(), packet);
    if (state_->batches == 0) state_->sockets->flush();
    return sealed;
}

Result<Address> Session::source_for(const Address& remote) const {
    return io::source_for(remote, state_->tun ? own_mark : 0);
}

void Session::begin_batch() { ++state_->batches; }
void Session::end_batch() {
    if (state_->batches > 0 && --state_->batches == 0) state_->sockets->flush();
}

Result<bool> Session::send_raw(const Path& path, ByteView octets, Carrier carrier) {
    state_->saw({now(), true, path, carrier, octets});
    return state_->sockets->send(path, octets, carrier);
}

Result<bool> Session::add_local(const Address& local) {
    if (state_->local.empty()) return true;
    const auto added = state_->sockets->add(local);
    if (added && std::ranges::find(state_->local, local) == state_->local.end())
        state_->local.push_back(local);
    return added;
}

void Session::set_fragmentation(Fragmentation fragmentation) {
    state_->sockets->set_fragmentation(fragmentation);
}

const Engine& Session::engine() const { return *state_->engine; }
const DataPlane& Session::data_plane() const { return state_->data_plane; }
std::vector<ChildTraffic> Session::traffic() const {
    return state_->kernel ? state_->kernel->traffic() : state_->data_plane.traffic();
}
const SessionCounters& Session::counters() const { return state_->counters; }
bool Session::has_native_esp() const { return state_->sockets->has_native_esp(); }
std::string Session::tun_name() const { return state_->tun_name(); }

void Session::close(Duration patience) {
    state_->loop.forget_interrupt();
    const auto live = [this] {
        return std::ranges::any_of(state_->engine->status(),
                                   [](const auto& sa) { return sa.state != IkeState::gone; });
    };
    for (const auto& sa : state_->engine->status()) {
        if (sa.state == IkeState::established || sa.state == IkeState::deleting) {
            state_->step(DeleteIkeSa{sa.id});
        } else {
            state_->step(Abandon{sa.id});
        }
    }
    state_->loop.run_until([&] { return !live(); }, now() + patience);
}

}  // namespace ike::io
