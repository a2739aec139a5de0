#include "tools/ikedump/run.hpp"

#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "libike/capture/capture_set.hpp"
#include "libike/capture/live.hpp"
#include "tools/common/exit_codes.hpp"
#include "tools/common/report.hpp"
#include "tools/ikedump/diagnose.hpp"
#include "tools/ikedump/pipeline.hpp"
#include "tools/ikedump/progress.hpp"

using namespace ike;

namespace {

volatile std::sig_atomic_t stopped = 0;
void stop(int) { stopped = 1; }

/// Captures end with a signal, and still say what they saw.
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

/// Each capture of two, and the findings that a filter asks for, take the keys anew.
class KeyReader {
public:
    explicit KeyReader(const Options& options) : options_{options} {}
    Result<KeyStore> read() {
        KeyStore keys;
        for (const auto& path : options_.keys) {
            const auto added = keys.load(path);
            if (!added) return std::unexpected{added.error()};
        }
        for (const auto& text : keys.remarks()) {
            if (!remarked_) remark("ikedump", text);
        }
        remarked_ = true;
        return keys;
    }

private:
    const Options& options_;
    bool remarked_ = false;
};

/// Files of fewer octets are read before a second thread has begun.
constexpr std::uint64_t worth_two_cores = 4 << 20;

/// That this process may run on.
int cores() {
    cpu_set_t set;
    return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

/// Frames are views of what the files hold: none is looked at any more when they are closed.
class FramesInUse {
public:
    explicit FramesInUse(Pipeline& pipeline) : pipeline_{pipeline} {}
    FramesInUse(const FramesInUse&) = delete;
    FramesInUse& operator=(const FramesInUse&) = delete;
    ~FramesInUse() { pipeline_.drop_prepared(); }

private:
    Pipeline& pipeline_;
};

Result<int> read_files(const Options& options, Pipeline& pipeline, Show& show) {
    auto files = CaptureSet::open(options.files);
    if (!files) return std::unexpected{files.error()};
    catch_signals();
    Progress progress{files->size(), Progress::Shown::meanwhile};
    const FramesInUse frames{pipeline};
    const bool two = cores() > 1 && files->size() >= worth_two_cores;
    if (files->can_keep_frames() && pipeline.look_ahead(two ? Tracker::Cores::two : Tracker::Cores::one)) {
        files->keep_frames(
            [&](std::uint32_t file, std::uint64_t before) { pipeline.take_waiting(file, before); });
    }
    while (stopped == 0 && !show.failed()) {
        const auto frame = files->next();
        if (!frame || !pipeline.take(*frame)) break;
        progress.tick([&] { return files->position(); });
        // What comes through a pipe is shown before waiting for more.
        if (files->would_wait()) show.flush();
    }
    // What was read is shown, also where an interrupt ended it.
    if (!show.failed()) pipeline.take_rest();
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
    const auto colour = wants_colour(options, out) ? Colour::ansi : Colour::none;
    KeyReader reader{options};
    if (options.diagnose || !options.html.empty())
        return diagnose_captures(
            options, [&] { return reader.read(); }, colour, out);
    auto keys = reader.read();
    if (!keys) return std::unexpected{keys.error()};
    const auto show = make_show(options, colour, out);
    auto pipeline = Pipeline::create(options, std::move(*keys), *show);
    if (!pipeline) return std::unexpected{pipeline.error()};
    // What a capture as a whole has to say takes a reading of its own, which only a file allows.
    const bool file = options.interface.empty() && options.files.size() == 1 && options.files.front() != "-";
    if (file && pipeline->asks_for_findings()) {
        auto findings = known_findings(options, [&] { return reader.read(); });
        if (!findings) return std::unexpected{findings.error()};
        pipeline->know(std::move(*findings));
    }
    auto outcome =
        options.interface.empty() ? read_files(options, *pipeline, *show) : listen(options, *pipeline, *show);
    show->finish();
    if (show->failed())
        return failure(std::string{"cannot write what there is to show: "} +
                       std::strerror(show->failure_code()));
    if (outcome) {
        if (auto written = pipeline->finish(); !written) return std::unexpected{written.error()};
    }
    if (pipeline->tracker().forgot())
        remark("ikedump", "more IKE SAs than fit: those silent longest were forgotten");
    return outcome;
}
