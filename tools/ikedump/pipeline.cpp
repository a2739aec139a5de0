#include "tools/ikedump/pipeline.hpp"

#include <fmt/format.h>

#include <random>

#include "libike/capture/plain.hpp"

using namespace ike;

namespace {

bool concerns_ipsec(const Observation& seen) {
    const auto kind = seen.what.kind;
    if (kind != Kind::icmp) return kind != Kind::other;
    return seen.icmp.quoted && seen.icmp.quoted->kind != Kind::other;
}

/// Decides on all pseudonyms of this run; nobody ever sees it.
SecretBytes random_key() {
    std::random_device random;
    SecretBytes key{32};
    for (auto& octet : key.mutable_view()) octet = static_cast<std::uint8_t>(random());
    return key;
}

Result<std::optional<PcapngWriter>> writer(const std::string& path) {
    if (path.empty()) return std::nullopt;
    auto made = PcapngWriter::create(path, "ikedump", PcapngWriter::Flush::when_full);
    if (!made) return std::unexpected{made.error()};
    return std::optional{std::move(*made)};
}

}  // namespace

Pipeline::Pipeline(const Options& options, KeyStore keys, Show& show)
    : options_{&options}, tracker_{std::make_unique<Tracker>(std::move(keys))}, show_{&show} {}

Result<Pipeline> Pipeline::create(const Options& options, KeyStore keys, Show& show) {
    Pipeline pipeline{options, std::move(keys), show};
    if (!options.display_filter.empty()) {
        auto filter = Filter::parse(options.display_filter);
        if (!filter) return failure(to_string(filter.error(), options.display_filter));
        pipeline.filter_.emplace(std::move(*filter));
    }
    if (!options.follow.empty()) pipeline.follow_ = Follow::parse(options.follow);
    auto inner = writer(options.write);
    if (!inner) return std::unexpected{inner.error()};
    auto plain = writer(options.write_plain);
    if (!plain) return std::unexpected{plain.error()};
    auto anonymous = writer(options.anonymise);
    if (!anonymous) return std::unexpected{anonymous.error()};
    if (*anonymous) {
        pipeline.anonymous_.emplace(std::move(**anonymous));
        pipeline.anonymiser_.emplace(random_key());
    }
    if (!*inner && !*anonymous) pipeline.tracker_->glimpse();
    if (*inner) pipeline.inner_.emplace(std::move(**inner));
    if (*plain) pipeline.plain_.emplace(std::move(**plain));
    return pipeline;
}

bool Pipeline::asks_for_findings() const { return filter_ && filter_->asks("finding"); }
void Pipeline::know(KnownFindings findings) { filter_->know(std::move(findings)); }
bool Pipeline::look_ahead(Tracker::Cores cores) {
    if (tracker_->keys().empty()) return false;
    tracker_->look_ahead(cores);
    return true;
}

bool Pipeline::take(const Frame& frame) {
    if (frame.number == 1) show_->begin(frame.time);
    if (enough_) return false;
    if (!tracker_->looks_ahead()) {
        take_with_more(tracker_->observe(frame));
        return !enough_;
    }
    while (!tracker_->has_room() && !enough_) take_with_more(tracker_->observe_next());
    if (!enough_) tracker_->prepare(frame);
    return !enough_;
}

void Pipeline::take_waiting(std::uint32_t file, std::uint64_t before) {
    while (!enough_ && tracker_->waits(file, before)) take_with_more(tracker_->observe_next());
    if (enough_) drop_prepared();
}

void Pipeline::take_rest() {
    while (!enough_ && tracker_->prepared() > 0) take_with_more(tracker_->observe_next());
}

void Pipeline::take_with_more(const Observation& first) {
    take(first);
    while (const auto* seen = enough_ ? nullptr : tracker_->more()) take(*seen);
}

bool Pipeline::wanted(const Observation& seen) {
    if (options_->ipsec_only && !concerns_ipsec(seen)) return false;
    // Both see every packet: what they know of the capture grows with each.
    const bool followed = !follow_ || follow_->matches(seen);
    const bool filtered = !filter_ || filter_->matches(seen);
    return followed && filtered;
}

void Pipeline::take(const Observation& seen) {
    if (!options_->export_keys.empty()) export_.add(seen);
    if (!wanted(seen)) return;
    show_->add(seen);
    if (inner_ || plain_ || anonymous_) write(seen);
    enough_ = ++count_ == options_->count;
}

void Pipeline::write(const Observation& seen) {
    const bool tunnel =
        seen.what.kind == Kind::esp && seen.esp.decrypted && seen.esp.inner && seen.esp.inner->tunnel;
    if (inner_ && tunnel) inner_->write_packet(seen.packet.time, seen.esp.content);
    if (plain_) write_plain(*plain_, seen);
    if (anonymous_) anonymiser_->add(seen, tracker_->keys(), *anonymous_);
}

Result<bool> Pipeline::finish() {
    if (anonymous_) anonymiser_->finish(*anonymous_);
    for (auto* each : {&inner_, &plain_, &anonymous_}) {
        if (!*each) continue;
        if (const auto written = (*each)->finish(); !written) return written;
    }
    if (anonymous_) {
        const auto written = anonymiser_->write_keys(options_->anonymise + ".keys");
        if (!written) return std::unexpected{written.error()};
    }
    if (options_->export_keys.empty()) return true;
    const auto exported = export_.write(tracker_->keys(), options_->export_keys);
    if (!exported) return std::unexpected{exported.error()};
    return true;
}
