#include "libike/capture/capture_set.hpp"

#include <ranges>

namespace ike {

Result<CaptureSet> CaptureSet::open(std::span<const std::string> paths) {
    CaptureSet set;
    if (std::ranges::count(paths, "-") > 1) return failure("standard input can be read but once");
    for (const auto& path : paths) {
        auto file = CaptureFile::open(path);
        if (!file) return std::unexpected{file.error()};
        set.inputs_.push_back({path, std::move(*file), {}, true});
    }
    return set;
}

std::optional<Frame> CaptureSet::next() {
    if (inputs_.size() == 1) return inputs_.front().file.next();
    Input* earliest = nullptr;
    for (auto& input : inputs_) {
        if (input.used) {
            input.head = input.file.next();
            input.used = !input.head;
        }
        const bool first = input.head && (earliest == nullptr || input.head->time < earliest->head->time);
        if (first) earliest = &input;
    }
    if (earliest == nullptr) return std::nullopt;
    auto frame = *earliest->head;
    earliest->used = true;
    frame.number_in_file = frame.number;
    frame.file = static_cast<std::uint32_t>(earliest - inputs_.data());
    frame.number = ++count_;
    return frame;
}

bool CaptureSet::would_wait() const {
    return std::ranges::any_of(inputs_,
                               [](const Input& input) { return input.used && input.file.would_wait(); });
}

void CaptureSet::keep_frames(const LetGo& let_go) {
    for (std::uint32_t file = 0; auto& input : inputs_) {
        input.file.keep_frames([let_go, file](std::uint64_t before) { let_go(file, before); });
        ++file;
    }
}
bool CaptureSet::can_keep_frames() const {
    return std::ranges::all_of(inputs_, [](const Input& input) { return input.file.can_keep_frames(); });
}

std::vector<std::string> CaptureSet::errors() const {
    std::vector<std::string> found;
    for (const auto& input : inputs_) {
        if (input.file.error()) found.push_back(input.path + ": " + *input.file.error());
    }
    return found;
}

std::uint64_t CaptureSet::position() const {
    std::uint64_t sum = 0;
    for (const auto& input : inputs_) sum += input.file.position();
    return sum;
}
std::uint64_t CaptureSet::size() const {
    std::uint64_t sum = 0;
    for (const auto& input : inputs_) {
        if (input.file.size() == 0) return 0;
        sum += input.file.size();
    }
    return sum;
}

}  // namespace ike
