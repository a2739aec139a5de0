#pragma once
// A table of code points: what registry() makes of the rows of one IANA registry. Code points are open enums
// (any value of the underlying type may arrive), so a table answers "has this one a name?" and text can be
// had for all.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace ike {

/// One row: the code point, its name in the registry's own spelling, and the document that defines it (""
/// where there is none).
template <class Code>
struct Entry {
    Code value;
    std::string_view name;
    std::string_view reference;
};

/// What a registry says of numbers that have no row of their own.
enum class RangeKind : std::uint8_t { unassigned, reserved, private_use };

/// The numbers `first` to `last`, both included.
struct Range {
    std::uint32_t first;
    std::uint32_t last;
    RangeKind kind;
};

namespace detail {
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool same_name(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}
/// "UNASSIGNED (45)", "RESERVED (3)", "PRIVATE USE (40960)".
std::string nameless_text(RangeKind kind, std::uint32_t number);
}  // namespace detail

/// The rows of one registry in ascending order, and its reserved and private-use ranges; everything else is
/// unassigned.
template <class Code, std::size_t rows, std::size_t range_count = 0>
class Registry {
public:
    using code_type = Code;

    constexpr Registry(const std::array<Entry<Code>, rows>& entries,
                       const std::array<Range, range_count>& ranges)
        : entries_{entries}, ranges_{ranges} {}

    /// The index of the row of `code`, size() when it has none.
    constexpr std::size_t position(Code code) const {
        std::size_t low = 0;
        std::size_t high = rows;
        while (low < high) {
            const std::size_t middle = low + (high - low) / 2;
            if (entries_[middle].value == code) return middle;
            if (entries_[middle].value < code) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return rows;
    }
    /// The row of `code`, or nullptr.
    constexpr const Entry<Code>* find(Code code) const {
        const auto at = position(code);
        return at == rows ? nullptr : &entries_[at];
    }
    /// The name of `code`, "" when it has none. (By index: GCC's sanitizers do not let constants compare
    /// pointers.)
    constexpr std::string_view name(Code code) const {
        const auto at = position(code);
        return at == rows ? std::string_view{} : entries_[at].name;
    }
    /// The row of that name, whatever the case of its ASCII letters, or nullptr.
    constexpr const Entry<Code>* find(std::string_view name) const {
        for (const auto& entry : entries_) {
            if (detail::same_name(entry.name, name)) return &entry;
        }
        return nullptr;
    }
    /// What the registry says of a code without a row.
    constexpr RangeKind kind(Code code) const {
        const auto number = static_cast<std::uint32_t>(code);
        for (const auto& range : ranges_) {
            if (number >= range.first && number <= range.last) return range.kind;
        }
        return RangeKind::unassigned;
    }
    constexpr auto begin() const { return entries_.begin(); }
    constexpr auto end() const { return entries_.end(); }
    constexpr std::size_t size() const { return rows; }
    constexpr const std::array<Range, range_count>& ranges() const { return ranges_; }

private:
    std::array<Entry<Code>, rows> entries_;
    std::array<Range, range_count> ranges_;
};

namespace detail {
template <class Code, std::size_t rows>
consteval void check_rows(const Entry<Code> (&entries)[rows]) {
    for (std::size_t i = 0; i < rows; ++i) {
        if (entries[i].name.empty()) throw "a row without a name";
        if (i > 0 && !(entries[i - 1].value < entries[i].value)) throw "a row out of order";
    }
}
template <std::size_t count>
consteval void check_ranges(const Range (&ranges)[count]) {
    for (std::size_t i = 0; i < count; ++i) {
        if (ranges[i].first > ranges[i].last) throw "a range that ends before it starts";
        if (i > 0 && ranges[i - 1].last >= ranges[i].first) throw "a range out of order";
    }
}
}  // namespace detail

/// A table from rows and ranges. Does not compile unless values ascend without repetition, ranges likewise,
/// and no name is empty.
template <class Code, std::size_t rows, std::size_t range_count>
consteval auto registry(const Entry<Code> (&entries)[rows], const Range (&ranges)[range_count]) {
    detail::check_rows(entries);
    detail::check_ranges(ranges);
    return Registry<Code, rows, range_count>{std::to_array(entries), std::to_array(ranges)};
}
/// The same for a registry that reserves nothing.
template <class Code, std::size_t rows>
consteval auto registry(const Entry<Code> (&entries)[rows]) {
    detail::check_rows(entries);
    return Registry<Code, rows, 0>{std::to_array(entries), {}};
}

/// The name of `code` in `table`, "" when it has none.
template <class Table>
constexpr std::string_view name_of(const Table& table, typename Table::code_type code) {
    return table.name(code);
}

/// An enum with a table: its header overloads registry_of(Code), found by argument-dependent lookup.
template <class Code>
concept CodePoint = std::is_enum_v<Code> && requires(Code code) {
    registry_of(code).find(code);
};

/// The registered name, "" when it has none.
template <CodePoint Code>
constexpr std::string_view name(Code code) {
    return name_of(registry_of(code), code);
}
/// Always some text: the registered name, or like "UNASSIGNED (45)", "RESERVED (3)", "PRIVATE USE (40960)".
template <CodePoint Code>
std::string to_string(Code code) {
    const auto& table = registry_of(code);
    if (const auto* entry = table.find(code)) return std::string{entry->name};
    return detail::nameless_text(table.kind(code), static_cast<std::uint32_t>(code));
}
/// The row of that name (ASCII case does not matter), or nullptr.
template <CodePoint Code>
constexpr const Entry<Code>* find_code(std::string_view name) {
    return registry_of(Code{}).find(name);
}

}  // namespace ike
