// Each table beside IANA's CSV: same values, same spelling, same ranges.
#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>

#include "libike/registry/all.hpp"
#include "tests/catch.hpp"
#include "tests/registry/csv.hpp"

using namespace ike;

namespace {

/// "IKEv2 Exchange Types" is in ikev2-exchange-types.csv.
std::string csv_path(std::string_view title) {
    std::string slug;
    for (const auto c : title) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            slug += c;
        } else if (c >= 'A' && c <= 'Z') {
            slug += static_cast<char>(c - 'A' + 'a');
        } else if (!slug.empty() && slug.back() != '-') {
            slug += '-';
        }
    }
    while (slug.ends_with('-')) slug.pop_back();
    return fmt::format("{}/tests/vectors/iana/{}.csv", IKE_SOURCE_DIR, slug);
}

struct Row {
    std::uint32_t first;
    std::uint32_t last;
    std::string name;
    std::optional<RangeKind> kind;  ///< nothing: a name
};

std::optional<RangeKind> kind_of(std::string_view name) {
    if (name == "Unassigned") return RangeKind::unassigned;
    if (name.ends_with("Private Use") || name == "Private use") return RangeKind::private_use;
    if (name == "Reserved" || name == "Reserved for IEEE P1619 XTS-AES") return RangeKind::reserved;
    return std::nullopt;
}

std::vector<Row> iana(std::string_view title) {
    std::vector<Row> rows;
    for (const auto& cells : test::csv_rows(csv_path(title))) {
        const auto dash = cells[0].find('-');
        const auto first = static_cast<std::uint32_t>(std::stoul(cells[0]));
        const auto last = dash == std::string::npos
                              ? first
                              : static_cast<std::uint32_t>(std::stoul(cells[0].substr(dash + 1)));
        rows.push_back({first, last, cells[1], kind_of(cells[1])});
    }
    return rows;
}

/// Rows of ours for numbers that IANA only reserves, each with its reason.
const std::map<std::pair<std::string_view, std::uint32_t>, std::string_view> ours_beyond_iana{
    {{"IKEv2 Security Protocol Identifiers", 0},
     "Notify payloads about no SA carry it (RFC 7296 section 3.10)"},
};

template <class Table>
void check_names(std::string_view title, const Table& table, const std::vector<Row>& rows) {
    using Code = typename Table::code_type;
    std::set<std::uint32_t> named;
    for (const auto& row : rows) {
        if (row.kind) continue;
        INFO(title << " " << row.first);
        CHECK(std::string{name_of(table, static_cast<Code>(row.first))} == row.name);
        named.insert(row.first);
    }
    for (const auto& entry : table) {
        const auto number = static_cast<std::uint32_t>(entry.value);
        INFO(title << " " << number << " " << entry.name);
        CHECK((named.contains(number) || ours_beyond_iana.contains({title, number})));
    }
}

}  // namespace

TEST_CASE("every table has the values and the spelling of IANA's registry", "[registry][iana]") {
    for_each_registry([](std::string_view title, const auto& table) {
        const auto rows = iana(title);
        INFO(title << ": " << csv_path(title));
        REQUIRE_FALSE(rows.empty());
        check_names(title, table, rows);
    });
}

TEST_CASE("numbers without a name are reserved, private or unassigned as IANA says", "[registry][iana]") {
    for_each_registry([](std::string_view title, const auto& table) {
        using Code = typename std::remove_cvref_t<decltype(table)>::code_type;
        if constexpr (std::is_same_v<Code, PayloadType> || std::is_same_v<Code, TransformType>) {
            return;  // their ranges are with the short names, below
        } else {
            for (const auto& row : iana(title)) {
                if (!row.kind) continue;
                for (auto number = row.first; number <= row.last; ++number) {
                    if (table.find(static_cast<Code>(number))) continue;
                    INFO(title << " " << number);
                    REQUIRE(table.kind(static_cast<Code>(number)) == *row.kind);
                }
            }
        }
    });
    for (const auto& row : iana("IKEv2 Payload Types")) {
        if (row.kind) CHECK(payload_types.kind(static_cast<PayloadType>(row.last)) == *row.kind);
    }
    for (const auto& row : iana("Transform Type Values")) {
        if (row.kind) CHECK(transform_types.kind(static_cast<TransformType>(row.last)) == *row.kind);
    }
}

TEST_CASE("payload notations are IANA's", "[registry][iana]") {
    for (const auto& cells : test::csv_rows(csv_path("IKEv2 Payload Types"))) {
        if (kind_of(cells[1])) continue;
        INFO(cells[0]);
        CHECK(std::string{name_of(payload_type_notations, static_cast<PayloadType>(std::stoul(cells[0])))} ==
              cells[2]);
    }
}

TEST_CASE("the short name of a transform type is what IANA has in parentheses", "[registry][iana]") {
    for (const auto& entry : transform_type_descriptions) {
        const auto open = entry.name.rfind('(');
        CHECK(entry.name.substr(open + 1, entry.name.size() - open - 2) == name(entry.value));
    }
}

TEST_CASE("within a registry no name is used twice, so a name finds one number", "[registry]") {
    for_each_registry([](std::string_view title, const auto& table) {
        for (const auto& entry : table) {
            INFO(title << " " << entry.name);
            REQUIRE(table.find(entry.name) == table.find(entry.value));
        }
    });
}
