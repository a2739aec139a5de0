#include "tools/ikedump/run.hpp"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "libike/capture/capture_set.hpp"
#include "libike/capture/live.hpp"
#include "libike/capture/pcapng_writer.hpp"
#include "libike/capture/tracker.hpp"
#include "tools/common/exit_codes.hpp"
#include "tools/common/report.hpp"
#include "tools/ikedump/show.hpp"

using namespace ike;

namespace {

volatile std::sig_atomic_t stopped = 0;
void stop(int) { stopped = 1; }

/// Live captures end with a signal, and still say what they saw.
void catch_signals() {
    struct sigaction action {};
    action.sa_handler = stop;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

bool wants_colour(const Options& options, std::FILE* out) {
    if (options.colour != "auto") return options.colour == "always";
    const auto* no_colour = std::getenv("NO_COLOR");  // https://no-color.org
    return (no_colour == nullptr || *no_colour == '\0') && ::isatty(::fileno(out)) == 1;
}

Result<KeyStore> read_keys(const Options& options) {
    KeyStore keys;
    for (const auto& path : options.keys) {
        const auto added = keys.load(path);
        if (!added) return std::unexpected{added.error()};
    }
    for (const auto& text : keys.remarks()) remark("ikedump", text);
    return keys;
}

/// Everything that is done with a packet.
class Pipeline {
public:
    Pipeline(const Options& options, KeyStore keys, Show& show, std::optional<PcapngWriter>& writer)
        : options_{options}, tracker_{std::move(keys)}, show_{show}, writer_{writer} {}

    /// False once no more packets are wanted.
    bool take(const Frame& frame) {
        if (!take(tracker_.observe(frame))) return false;
        while (const auto* seen = tracker_.more()) {
            if (!take(*seen)) return false;
        }
        return true;
    }
    const Tracker& tracker() const { return tracker_; }

private:
    bool take(const Observation& seen) {
        const auto kind = seen.what.kind;
        if (options_.ipsec_only && !concerns_ipsec(seen)) return true;
        show_.add(seen);
        if (writer_ && kind == Kind::esp && seen.esp.decrypted) write(seen);
        return ++count_ != options_.count || options_.count == 0;
    }
    static bool concerns_ipsec(const Observation& seen) {
        const auto kind = seen.what.kind;
        if (kind != Kind::icmp) return kind != Kind::other;
        return seen.icmp.quoted && seen.icmp.quoted->kind != Kind::other;
    }
    void write(const Observation& seen) {
        if (seen.esp.inner && seen.esp.inner->tunnel)
            writer_->write_packet(seen.packet.time, seen.esp.payload);
    }
    const Options& options_;
    Tracker tracker_;
    Show& show_;
    std::optional<PcapngWriter>& writer_;
    std::uint64_t count_ = 0;
};

Result<int> read_files(const Options& options, Pipeline& pipeline, Show& show) {
    auto files = CaptureSet::open(options.files);
    if (!files) return std::unexpected{files.error()};
    while (!show.failed()) {
        const auto frame = files->next();
        if (!frame || !pipeline.take(*frame)) break;
        // What comes through a pipe is shown before waiting for more.
        if (files->would_wait()) show.flush();
    }
    const auto errors = files->errors();
    for (const auto& each : errors) remark("ikedump", each);
    return errors.empty() ? exit_ok : exit_negative;
}

Result<int> listen(const Options& options, Pipeline& pipeline, Show& show) {
    auto live = LiveCapture::open(options.interface, options.filter);
    if (!live) return std::unexpected{live.error()};
    catch_signals();
    while (stopped == 0 && !show.failed()) {
        const auto frame = live->next();
        if (frame && !pipeline.take(*frame)) break;
        show.flush();
        if (live->error()) return failure("capturing on " + options.interface + " ended: " + *live->error());
    }
    if (const auto dropped = live->dropped(); dropped > 0) {
        remark("ikedump", fmt::format("{} frames were lost while capturing", dropped));
    }
    return exit_ok;
}

}  // namespace

Result<int> run(const Options& options, std::FILE* out) {
    auto keys = read_keys(options);
    if (!keys) return std::unexpected{keys.error()};
    std::optional<PcapngWriter> writer;
    if (!options.write.empty()) {
        auto made = PcapngWriter::create(options.write, "ikedump", PcapngWriter::Flush::when_full);
        if (!made) return std::unexpected{made.error()};
        writer.emplace(std::move(*made));
    }
    const auto show =
        make_show(options.view(), wants_colour(options, out) ? Colour::ansi : Colour::none, out);
    Pipeline pipeline{options, std::move(*keys), *show, writer};
    auto outcome =
        options.interface.empty() ? read_files(options, pipeline, *show) : listen(options, pipeline, *show);
    show->finish();
    if (outcome && writer) {
        if (auto written = writer->finish(); !written) return std::unexpected{written.error()};
    }
    if (pipeline.tracker().forgot())
        remark("ikedump", "more IKE SAs than fit: those silent longest were forgotten");
    return outcome;
}
