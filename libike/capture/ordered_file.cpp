#include "libike/capture/ordered_file.hpp"

#include <algorithm>
#include <filesystem>

#include "libike/base/sort.hpp"

namespace ike {
namespace {

using namespace std::chrono_literals;

/// Further back than this is a clock that was set, not a packet that was written late.
constexpr auto most_disorder = 1s;
constexpr std::uint64_t most_octets = std::uint64_t{256} << 20;

/// Captures of the same minutes, one behind the other: time goes back to about where the file began. A clock
/// that is set goes back by less, or beyond the beginning.
bool begins_again(EpochTime begin, EpochTime latest, EpochTime now) {
    const auto span = between(begin, latest), back = between(now, latest);
    return back >= span / 10 * 8 && back <= span + most_disorder;
}

/// Whether sorting by time is needed, possible and right.
Result<bool> wants_sorting(const std::string& path) {
    auto file = CaptureFile::open(path);
    if (!file) return std::unexpected{file.error()};
    if (file->size() > most_octets) return false;
    EpochTime begin{}, latest{}, run{};  // of the file, of the file, since time last went back
    std::uint64_t octets = 0;
    bool disordered = false;
    for (bool first = true; const auto frame = file->next(); first = false) {
        octets += frame->octets.size() + sizeof(Frame);
        if (octets > most_octets) return false;
        if (first) begin = latest = run = frame->time;
        disordered = disordered || frame->time < run;
        if (between(frame->time, run) > most_disorder) {
            if (!begins_again(begin, latest, frame->time)) return false;
            run = frame->time;
        }
        run = std::max(run, frame->time);
        latest = std::max(latest, frame->time);
    }
    return disordered;
}

}  // namespace

Result<OrderedFile> OrderedFile::open(const std::string& path) {
    bool sort = false;
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored)) {
        const auto wanted = wants_sorting(path);
        if (!wanted) return std::unexpected{wanted.error()};
        sort = *wanted;
    }
    auto file = CaptureFile::open(path);
    if (!file) return std::unexpected{file.error()};
    OrderedFile made{std::move(*file)};
    if (sort) made.keep_all();
    return made;
}

void OrderedFile::keep_all() {
    while (const auto frame = file_.next()) sorted_.push_back({*frame, to_bytes(frame->octets)});
    sort_stably(sorted_, [](const Kept& each) { return each.frame.time; });
}

std::optional<Frame> OrderedFile::next() {
    if (sorted_.empty()) return file_.next();
    if (at_ == sorted_.size()) return std::nullopt;
    auto& kept = sorted_[at_++];
    kept.frame.octets = kept.octets;
    return kept.frame;
}

}  // namespace ike
