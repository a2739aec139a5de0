#include "tools/ikedump/diagnose.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "libike/capture/ordered_file.hpp"
#include "libike/capture/tracker.hpp"
#include "libike/diagnose/page/page.hpp"
#include "libike/render/findings.hpp"
#include "tools/common/exit_codes.hpp"
#include "tools/common/report.hpp"
#include "tools/ikedump/progress.hpp"

using namespace ike;

namespace {

/// False for a capture that is damaged; what came before that counts all the same.
Result<bool> gather(const std::string& path, diagnose::FileIndex file, const Options& options, KeyStore keys,
                    diagnose::Diagnoser& diagnoser) {
    auto capture = OrderedFile::open(path);
    if (!capture) return std::unexpected{capture.error()};
    if (keys.ike_count() + keys.esp_count() > 0) diagnoser.keys_given(file);
    Tracker tracker{std::move(keys)};
    // No rule looks behind the headers of what ESP carries.
    tracker.glimpse();
    Progress progress{capture->size(), Progress::Shown::afterwards};
    std::uint64_t count = 0;
    while (const auto frame = capture->next()) {
        progress.tick([&] { return capture->position(); });
        diagnoser.add(file, tracker.observe(*frame));
        while (const auto* more = tracker.more()) diagnoser.add(file, *more);
        if (++count == options.count) break;
    }
    if (!capture->error()) return true;
    remark("ikedump", path + ": " + *capture->error());
    return false;
}

Result<bool> write_page(const Options& options, const diagnose::Report& report) {
    TextBuffer page;
    diagnose::put_page(page, report, options.files);
    auto* file = std::fopen(options.html.c_str(), "w");
    if (file == nullptr) return failure("writing " + options.html + ": " + std::strerror(errno));
    const bool written = std::fwrite(page.data(), 1, page.size(), file) == page.size();
    if (std::fclose(file) != 0 || !written) return failure("writing " + options.html + " failed");
    return true;
}

}  // namespace

std::span<const std::string_view> finding_ids() {
    static const auto all = [] {
        std::vector<std::string_view> ids;
        for (const auto& each : diagnose::catalogue()) ids.push_back(each.id);
        for (const auto each : remark_ids()) ids.push_back(each);
        return ids;
    }();
    return all;
}

Result<KnownFindings> known_findings(const Options& options, const KeySource& keys) {
    diagnose::Diagnoser diagnoser{1};
    auto all = options;
    all.count = 0;  // of packets that match
    auto store = keys();
    if (!store) return std::unexpected{store.error()};
    const auto read = gather(options.files.front(), 0, all, std::move(*store), diagnoser);
    if (!read) return std::unexpected{read.error()};
    KnownFindings found;
    for (const auto& each : diagnoser.finish().findings) {
        for (const auto& at : each.every) found.by_frame[at.frame].push_back(each.id);
        for (const auto& at : each.stretches) found.stretches.push_back({each.id, at.spi, at.from, at.to});
        if (each.left_out > 0) {
            remark("ikedump",
                   fmt::format("{} ({}) is about {} more frames than are kept: the filter matches the "
                               "first ones only",
                               each.id, each.sa, each.left_out));
        }
    }
    return found;
}

Result<int> diagnose_captures(const Options& options, const KeySource& keys, Colour colour, std::FILE* out) {
    diagnose::Diagnoser diagnoser{options.files.size()};
    bool whole = true;
    for (std::size_t i = 0; i < options.files.size(); ++i) {
        auto store = keys();
        if (!store) return std::unexpected{store.error()};
        const auto read = gather(options.files[i], static_cast<diagnose::FileIndex>(i), options,
                                 std::move(*store), diagnoser);
        if (!read) return std::unexpected{read.error()};
        whole = whole && *read;
    }
    const auto report = diagnoser.finish();
    if (!options.html.empty()) {
        if (const auto written = write_page(options, report); !written)
            return std::unexpected{written.error()};
        // The page alone was asked for, and it is there.
        if (!options.diagnose && !options.json) return whole ? exit_ok : exit_negative;
    }
    TextBuffer text;
    if (options.json) {
        diagnose::put_json(text, report, options.files);
    } else {
        diagnose::put_text(text, report, options.files, colour);
    }
    if (std::fwrite(text.data(), 1, text.size(), out) != text.size() || std::fflush(out) != 0) {
        return failure("writing the findings failed");
    }
    return report.alarming() || !whole ? exit_negative : exit_ok;
}
