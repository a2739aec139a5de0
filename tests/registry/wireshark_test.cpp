// Our tables beside those of an installed Wireshark: a second outside opinion on numbers and names. Where the
// two differ, the difference is listed here with who is right.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <set>

#include "libike/registry/all.hpp"
#include "libike/registry/ike1.hpp"
#include "libike/registry/private_use.hpp"
#include "tests/catch.hpp"

using namespace ike;

namespace {

std::string output_of(const char* command) {
    std::string output;
    std::array<char, 4096> part{};
    FILE* pipe = popen(command, "r");
    if (!pipe) return {};
    for (auto count = fread(part.data(), 1, part.size(), pipe); count > 0;
         count = fread(part.data(), 1, part.size(), pipe)) {
        output.append(part.data(), count);
    }
    pclose(pipe);
    return output;
}

/// Field -> number -> names. One field may have several value tables (IKEv1's and IKEv2's), hence several
/// names.
using Names = std::map<std::string, std::map<std::uint32_t, std::set<std::string>>>;

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts{""};
    for (const auto c : text) {
        if (c == at) {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

Names read_values(const std::string& listing) {
    Names names;
    for (const auto& line : split(listing, '\n')) {
        const auto cells = split(line, '\t');
        try {
            if (cells[0] == "V" && cells.size() == 4) {
                names[cells[1]][static_cast<std::uint32_t>(std::stoul(cells[2], nullptr, 0))].insert(
                    cells[3]);
            } else if (cells[0] == "R" && cells.size() == 5 && cells[2] == cells[3]) {
                names[cells[1]][static_cast<std::uint32_t>(std::stoul(cells[2], nullptr, 0))].insert(
                    cells[4]);
            }
        } catch (const std::exception&) {
            continue;  // a cell that is not a number: another kind of row
        }
    }
    return names;
}

/// Upper case, every run of other characters one '_'; "ID_" in front left out, as Wireshark does.
std::string plain(std::string_view name) {
    std::string text;
    for (const auto c : name) {
        if (c >= 'a' && c <= 'z') {
            text += static_cast<char>(c - 'a' + 'A');
        } else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
            text += c;
        } else if (!text.empty() && text.back() != '_') {
            text += '_';
        }
    }
    while (text.ends_with('_')) text.pop_back();
    return text.starts_with("ID_") ? text.substr(3) : text;
}

struct Difference {
    std::string_view field;
    std::uint32_t first;
    std::uint32_t last;
    std::string_view theirs;
    std::string_view judgement;
};

#include "tests/registry/wireshark_differences.inc"

bool is_listed(std::string_view field, std::uint32_t number, std::string_view theirs) {
    for (const auto& known : differences) {
        const auto covers = known.field == field && number >= known.first && number <= known.last;
        if (covers && (known.theirs.empty() || known.theirs == theirs)) return true;
    }
    return false;
}

/// Names that only say that there is none.
bool nameless(const std::set<std::string>& names) {
    static const std::set<std::string> words{
        "RESERVED",        "UNASSIGNED",  "UNKNOWN",
        "FUTURE_USE",      "PRIVATE_USE", "UNDEFINED_BY_ANY_DOCUMENT",
        "UNDEFINED_0",     "NONE",        "RESERVED_FOR_IEEE_P1619_XTS_AES",
        "RESERVED_TO_IANA"};
    return std::ranges::all_of(names, [](const std::string& name) { return words.contains(plain(name)); });
}

class Comparison {
public:
    Comparison(Names names, bool known_version) : names_{std::move(names)}, known_version_{known_version} {}

    /// Every number that both have: one of their names is ours, or the difference is listed.
    template <class... Tables>
    void compare(const std::string& field, const Tables&... tables) {
        for (const auto& [number, theirs] : names_[field]) {
            std::vector<std::string> ours;
            (add_name(ours, tables, number), ...);
            if (ours.empty() && !nameless(theirs)) ours.emplace_back();
            for (const auto& name : ours) judge(field, number, theirs, name);
        }
        ++fields_;
    }
    int compared() const { return compared_; }

private:
    template <class Table>
    static void add_name(std::vector<std::string>& to, const Table& table, std::uint32_t number) {
        using Code = typename Table::code_type;
        const auto code = static_cast<Code>(number);
        if (static_cast<std::uint32_t>(code) != number) return;
        if (const auto* entry = table.find(code)) to.emplace_back(entry->name);
    }
    void judge(const std::string& field, std::uint32_t number, const std::set<std::string>& theirs,
               const std::string& ours) {
        ++compared_;
        auto agreed = false;
        std::string said;
        for (const auto& name : theirs) {
            agreed = agreed || plain(name) == plain(ours) || is_listed(field, number, name);
            said += "'" + name + "' ";
        }
        if (agreed) return;
        const auto remark = fmt::format("{} {}: {}here '{}'", field, number, said, ours);
        if (known_version_) {
            FAIL_CHECK(remark);
        } else {
            WARN(remark);
        }
    }
    Names names_;
    bool known_version_;
    int fields_ = 0;
    int compared_ = 0;
};

}  // namespace

TEST_CASE("our names agree with Wireshark's but where we know why not", "[registry][wireshark]") {
    const auto version = output_of("tshark --version 2>/dev/null | head -1");
    if (version.find("TShark") == std::string::npos) {
        WARN("no tshark here: not compared");
        return;
    }
    // Other versions know other values: their remarks are shown, and do not fail the test.
    Comparison with{read_values(output_of("tshark -G values 2>/dev/null | grep -F isakmp.")),
                    version.find(" 4.0.") != std::string::npos};
    with.compare("isakmp.exchangetype", exchange_types, ike1::exchange_types);
    with.compare("isakmp.typepayload", payload_type_descriptions);
    with.compare("isakmp.notify.msgtype", notify_types, ike1::notify_types);
    with.compare("isakmp.prop.protoid", protocol_ids);
    with.compare("isakmp.tf.type", transform_type_descriptions);
    with.compare("isakmp.tf.id.encr", encr_ids);
    with.compare("isakmp.tf.id.prf", prf_ids);
    with.compare("isakmp.tf.id.integ", integ_ids);
    with.compare("isakmp.tf.id.dh", ke_ids);
    with.compare("isakmp.ike2.attr.type", attribute_types);
    with.compare("isakmp.id.type", id_types, ike1::id_types);
    with.compare("isakmp.cert.encoding", cert_encodings);
    with.compare("isakmp.auth.method", auth_methods);
    with.compare("isakmp.cfg.type", config_types);
    with.compare("isakmp.cfg.attr.type", config_attributes, private_config_attributes);
    with.compare("isakmp.ts.type", ts_types);
    with.compare("isakmp.notify.data.signature_hash_algorithms", signature_hashes);
    with.compare("isakmp.notify.data.ipcomp.transform_id", ipcomp_transforms);
    with.compare("isakmp.notify.data.rohc.attr.type", rohc_attributes);
    with.compare("isakmp.ike.attr.type", ike1::phase1_attributes);
    with.compare("isakmp.ike.attr.encryption_algorithm", ike1::encryptions);
    with.compare("isakmp.ike.attr.hash_algorithm", ike1::hashes);
    with.compare("isakmp.ike.attr.authentication_method", ike1::auth_methods);
    with.compare("isakmp.ike.attr.life_type", ike1::life_types);
    with.compare("isakmp.ipsec.attr.type", ike1::phase2_attributes);
    with.compare("isakmp.ipsec.attr.encap_mode", ike1::encapsulation_modes);
    with.compare("isakmp.ipsec.attr.auth_algorithm", ike1::auth_algorithms);
    CHECK(with.compared() > 300);
}
