#include "libike/diagnose/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <tuple>

namespace ike::diagnose {
namespace {

std::size_t rank(std::string_view id) {
    return static_cast<std::size_t>(find_entry(id) - catalogue().data());
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& more) {
    to.insert(to.end(), more.begin(), more.end());
}

/// Both are about the same: the heavier one's words stay, the frames of both.
void merge(Diagnosis& into, Diagnosis&& other) {
    const bool heavier =
        other.severity > into.severity || (other.severity == into.severity && other.grade < into.grade);
    if (heavier) std::swap(into, other);
    append(into.every, other.every);
    append(into.stretches, other.stretches);
    into.left_out += other.left_out;
}

/// Of one capture's frames at most so many: the first ones, and the last.
void put_some(std::vector<FrameRef>& out, std::span<const FrameRef> all, std::size_t most) {
    if (all.size() > most) {
        const auto last = most / 3;
        out.insert(out.end(), all.begin(), all.begin() + static_cast<std::ptrdiff_t>(most - last));
        all = all.last(last);
    }
    out.insert(out.end(), all.begin(), all.end());
}

/// Puts `every` in order and chooses what is shown of it, of both captures where there are two.
void choose_frames(Diagnosis& finding) {
    auto& every = finding.every;
    std::ranges::sort(every);
    const auto [first, last] = std::ranges::unique(every);
    every.erase(first, last);
    const auto split = static_cast<std::size_t>(std::ranges::count(every, FileIndex{0}, &FrameRef::file));
    const std::span all{every};
    const auto one = all.first(split), two = all.subspan(split);
    constexpr auto half = Findings::most_frames / 2;
    finding.frames.clear();
    put_some(finding.frames, one, Findings::most_frames - std::min(two.size(), half));
    put_some(finding.frames, two, Findings::most_frames - finding.frames.size());
}

}  // namespace

std::string_view to_string(Grade grade) {
    switch (grade) {
        case Grade::observed:
            return "observed";
        case Grade::inferred:
            return "inferred";
        case Grade::unknown:
            break;
    }
    return "unknown";
}

const Entry* find_entry(std::string_view id) {
    const auto found = std::ranges::find(catalogue(), id, &Entry::id);
    return found == catalogue().end() ? nullptr : &*found;
}

Diagnosis& Findings::add(std::string_view id, Severity severity, Grade grade, std::string sa,
                         std::string message, FileIndex file, std::initializer_list<std::uint64_t> frames) {
    const auto* entry = find_entry(id);
    if (entry == nullptr) throw std::logic_error{"a finding that the catalogue does not know"};
    Diagnosis made;
    made.id = entry->id;
    made.severity = severity;
    made.grade = grade;
    made.sa = std::move(sa);
    made.message = std::move(message);
    made.advice = entry->advice;
    made.reference = entry->reference;
    add_frames(made, file, std::span{frames.begin(), frames.size()});
    std::size_t alike = 0;
    for (auto& each : found_) {
        if (each.id != made.id) continue;
        ++alike;
        if (each.sa != made.sa) continue;
        merge(each, std::move(made));
        return each;
    }
    if (alike >= most_each) {
        ++left_out_[entry->id];
        // The last of its kind speaks for the rest.
        auto last = std::find_if(found_.rbegin(), found_.rend(),
                                 [&](const auto& each) { return each.id == entry->id; });
        append(last->every, made.every);
        return *last;
    }
    found_.push_back(std::move(made));
    return found_.back();
}

void Findings::add_frames(Diagnosis& to, FileIndex file, std::span<const std::uint64_t> frames) {
    for (const auto frame : frames) {
        if (frame != 0) to.every.push_back({file, frame});
    }
}

void Findings::explain(std::string_view cause, std::string_view effect) {
    std::vector<std::string> explained;
    for (const auto& each : found_) {
        if (each.id == cause && each.grade != Grade::unknown) explained.push_back(each.sa);
    }
    std::erase_if(found_, [&](const Diagnosis& each) {
        return each.id == effect && std::ranges::count(explained, each.sa) > 0;
    });
}

const Diagnosis* Findings::find(std::string_view id, std::string_view sa) const {
    for (const auto& each : found_) {
        if (each.id == id && each.sa == sa) return &each;
    }
    return nullptr;
}

bool Findings::has(std::string_view id) const { return std::ranges::count(found_, id, &Diagnosis::id) > 0; }

std::vector<Diagnosis> Findings::take() {
    for (auto& each : found_) choose_frames(each);
    std::ranges::sort(found_, [](const Diagnosis& a, const Diagnosis& b) {
        if (a.severity != b.severity) return a.severity > b.severity;
        if (a.grade == Grade::unknown || b.grade == Grade::unknown) {
            if (a.grade != b.grade) return a.grade < b.grade;
        }
        if (rank(a.id) != rank(b.id)) return rank(a.id) < rank(b.id);
        if (a.grade != b.grade) return a.grade < b.grade;
        return std::tie(a.frames, a.sa, a.message) < std::tie(b.frames, b.sa, b.message);
    });
    for (auto& each : found_) {
        const auto left = left_out_.find(each.id);
        if (left == left_out_.end()) continue;
        each.message += fmt::format(" (the same of {} more SAs)", left->second);
        left_out_.erase(left);
    }
    return std::move(found_);
}

}  // namespace ike::diagnose
