// What charon's log says of keys: "Sk_ei secret => 36 bytes @ 0x7f..", then "   0: 65 EB .."; lines as
// charon_lines.cpp takes them apart.
#include <fmt/format.h>

#include <charconv>
#include <ranges>

#include "libike/capture/algorithm_words.hpp"
#include "libike/capture/key_file.hpp"
#include "libike/sa/key_material.hpp"

namespace ike {
namespace {

constexpr std::size_t most_threads = 256;
constexpr std::size_t no_place = std::string_view::npos;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::uint64_t number64(ByteView octets) { return Reader{octets}.number<std::uint64_t>("spi"); }

/// "=> 36 bytes @" at the end of a dump's first line; the label is what comes before.
std::optional<std::pair<std::string_view, std::size_t>> dump_head(std::string_view text) {
    const auto arrow = text.find(" => ");
    if (arrow == no_place) return std::nullopt;
    auto rest = text.substr(arrow + 4);
    std::size_t size = 0;
    const auto [end, failed] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (failed != std::errc{} || !rest.starts_with(" bytes")) return std::nullopt;
    return std::pair{text.substr(0, arrow), size};
}

/// "  16: 81 DD .." of a dump: its offset and the octets' text, or nothing.
std::optional<std::pair<std::size_t, std::string_view>> dump_line(std::string_view text) {
    const auto from = text.find_first_not_of(' ');
    if (from == no_place || !is_digit(text[from])) return std::nullopt;
    const auto colon = text.find(": ", from);
    if (colon == no_place || !std::ranges::all_of(text.substr(from, colon - from), is_digit))
        return std::nullopt;
    std::size_t offset = 0;
    std::from_chars(text.data() + from, text.data() + colon, offset);
    return std::pair{offset, text.substr(colon + 2)};
}

/// "7851557eac5f59c3_i 2dd621ce6567c149_r"
std::optional<SpiPair> spis_of(std::string_view text) {
    SpiPair spis;
    if (text.size() < 37 || text.substr(16, 3) != "_i " || text.substr(35, 2) != "_r") return std::nullopt;
    for (auto [spi, from] : {std::pair{&spis.initiator, 0}, std::pair{&spis.responder, 19}}) {
        const auto* digits = text.data() + from;
        if (std::from_chars(digits, digits + 16, *spi, 16).ptr != digits + 16) return std::nullopt;
    }
    return spis.initiator != 0 && spis.responder != 0 ? std::optional{spis} : std::nullopt;
}

/// The last few different ones, the newest at the end.
template <class Suite>
void remember(std::vector<Suite>& suites, const Suite& suite) {
    constexpr std::size_t most = 16;
    std::erase(suites, suite);
    if (suites.size() == most) suites.erase(suites.begin());
    suites.push_back(suite);
}

/// That of the thread, else the newest whose keys have these lengths.
template <class Suite>
std::optional<Suite> suite_for(const std::optional<Suite>& own, const std::vector<Suite>& others,
                               const SecretBytes& encr, const SecretBytes& integ) {
    const auto fits = [&](const Suite& suite) {
        const auto integ_size = suite.integ == IntegId::none ? 0 : crypto::integ_key_size(suite.integ);
        return encr_key_size(suite.encr, suite.key_bits) == encr.size() && integ_size == integ.size();
    };
    if (own && fits(*own)) return own;
    for (const auto& each : std::views::reverse(others)) {
        if (fits(each)) return each;
    }
    return own;
}

IkeKeyRecord copy_of(const IkeKeyRecord& record) {
    IkeKeyRecord copy;
    copy.suite = record.suite;
    copy.keys = record.keys.clone();
    copy.shared_secret = record.shared_secret.clone();
    return copy;
}

}  // namespace

Result<bool> StrongswanReader::take(std::string_view line) {
    const auto message = lines_.read(line);
    if (!message) return false;
    if (threads_.size() > most_threads) threads_.clear();
    auto found = threads_.find(message->thread);
    if (found == threads_.end()) found = threads_.emplace(std::string{message->thread}, Thread{}).first;
    Result<bool> outcome = true;
    for (std::string_view rest = message->text; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        auto text = rest.substr(0, end);
        // With ike_name the connection's name comes first: "<psk|1> ".
        if (text.starts_with('<') && text.find("> ") != no_place) text.remove_prefix(text.find("> ") + 2);
        if (auto taken = statement(found->second, text); !taken) outcome = std::move(taken);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return outcome;
}

Result<bool> StrongswanReader::finish() {
    for (auto& [number, thread] : threads_) {
        if (auto whole = abandon(thread); !whole) return whole;
    }
    return true;
}

/// Another message begins: what of a dump is missing will not come any more.
Result<bool> StrongswanReader::abandon(Thread& thread) {
    const bool cut = thread.dump.wanted();
    const bool key = thread.label.find("secret") != no_place || thread.label.ends_with(" key");
    thread.dump.begin(0);
    if (!cut || !key) return true;
    return failure(
        fmt::format("strongSwan's log: the dump of \"{}\" before this line is cut off", thread.label));
}

Result<bool> StrongswanReader::statement(Thread& thread, std::string_view text) {
    if (thread.dump.wanted()) {
        const auto octets = dump_line(text);
        if (octets && octets->first == thread.dump.held()) {
            thread.dump.take(octets->second);
            if (!thread.dump.wanted()) dumped(thread);
            return true;
        }
        if (octets) return abandon(thread);
    }
    auto whole = abandon(thread);
    if (const auto head = dump_head(text)) {
        thread.label = head->first;
        thread.dump.begin(head->second);
    } else if (text.starts_with("selected proposal: ")) {
        proposal(thread, text.substr(19));
    } else if (text.starts_with("  SPI 0x")) {
        installed(thread, text.substr(8));
    } else if (text.starts_with("checkout ") || text.starts_with("checkin ")) {
        named(thread, text);
    }
    return whole;
}

void StrongswanReader::proposal(Thread& thread, std::string_view text) {
    if (text.starts_with("IKE:")) {
        thread.ike_suite = ike_suite_words(text.substr(4));
        if (thread.ike_suite) remember(ike_suites_, *thread.ike_suite);
    } else if (text.starts_with("ESP:")) {
        thread.esp_suite = esp_suite_words(text.substr(4));
        if (thread.esp_suite) remember(esp_suites_, *thread.esp_suite);
    }
}

/// At level 2 of mgr: "checkout IKEv2 SA by message with SPIs ..", "checkin IKEv2 SA psk[2] with SPIs ..".
/// The first checkin after keys were made is that of the IKE SA they are for.
void StrongswanReader::named(Thread& thread, std::string_view text) {
    constexpr std::string_view before = " with SPIs ";
    const auto at = text.find(before);
    const auto spis = at != no_place ? spis_of(text.substr(at + before.size())) : std::nullopt;
    auto made = std::exchange(thread.made, {});
    if (!spis || !made || !text.starts_with("checkin ")) return;
    made->spi_i = spis->initiator;
    made->spi_r = spis->responder;
    to_.add(std::move(*made));
}

void StrongswanReader::dumped(Thread& thread) {
    const auto& label = thread.label;
    if (label == "natd_chunk") {
        // SPIi | SPIr | address | port; before the answer there is no SPIr.
        const auto octets = thread.dump.value();
        if (octets.size() >= 16 && number64(octets.view().subspan(8)) != 0)
            thread.spis = {number64(octets), number64(octets.view().subspan(8))};
    } else if (label == "additional key exchange secret") {
        // Those of all IKE_FOLLOWUP_KE exchanges as one.
        to_.add_shared(thread.dump.value());
    } else if (label == "shared Diffie Hellman secret" || label == "DH secret" || label == "KE secret" ||
               label == "key exchange secret" || label == "shared key exchange secret") {
        thread.ike.shared_secret = thread.dump.value();
        to_.add_shared(thread.dump.value());
    } else if (label == "secret") {
        to_.add_psk(thread.dump.value());
    } else if (!dumped_ike(thread)) {
        dumped_child(thread);
    }
}

bool StrongswanReader::dumped_ike(Thread& thread) {
    auto& keys = thread.ike.keys;
    for (const auto& [label, key] : {std::pair{"Sk_d secret", &keys.d}, std::pair{"Sk_ai secret", &keys.ai},
                                     std::pair{"Sk_ar secret", &keys.ar}, std::pair{"Sk_ei secret", &keys.ei},
                                     std::pair{"Sk_er secret", &keys.er}, std::pair{"Sk_pi secret", &keys.pi},
                                     std::pair{"Sk_pr secret", &keys.pr}}) {
        if (thread.label != label) continue;
        *key = thread.dump.value();
        if (key == &keys.pr) add_ike(thread);
        return true;
    }
    return false;
}

void StrongswanReader::add_ike(Thread& thread) {
    auto record = std::exchange(thread.ike, {});
    const auto suite = suite_for(thread.ike_suite, ike_suites_, record.keys.ei, record.keys.ai);
    if (!suite || record.keys.ei.empty()) return;
    record.suite = *suite;
    thread.made = copy_of(record);
    // Of a rekeyed IKE SA the log has no SPIs; the ICV will tell.
    const auto spis = std::exchange(thread.spis, {});
    record.spi_i = spis.initiator;
    record.spi_r = spis.responder;
    to_.add(std::move(record));
}

void StrongswanReader::dumped_child(Thread& thread) {
    if (thread.label == "encryption initiator key") {
        thread.forth = {};
        thread.back = {};
        thread.installed = 0;
        thread.forth.encr_key = thread.dump.value();
    } else if (thread.label == "encryption responder key") {
        thread.back.encr_key = thread.dump.value();
    } else if (thread.label == "integrity initiator key") {
        thread.forth.integ_key = thread.dump.value();
    } else if (thread.label == "integrity responder key") {
        thread.back.integ_key = thread.dump.value();
    }
}

/// "0xcc34c1d6, src 203.0.113.2 dst 192.0.2.2" without its "0x". Which of the keys it has depends on who
/// began the exchange, which the log does not say here: both are kept, the ICV decides.
void StrongswanReader::installed(Thread& thread, std::string_view text) {
    std::uint32_t spi = 0;
    std::from_chars(text.data(), text.data() + text.size(), spi, 16);
    const auto suite =
        suite_for(thread.esp_suite, esp_suites_, thread.forth.encr_key, thread.forth.integ_key);
    if (spi == 0 || !suite || thread.forth.encr_key.empty() || thread.installed == 2) return;
    ++thread.installed;
    for (const auto* each : {&thread.forth, &thread.back}) {
        EspKeyRecord record;
        record.spi = spi;
        record.suite = *suite;
        record.suite.ke = KeId::none;
        record.suite.additional.clear();
        record.encr_key = each->encr_key.clone();
        record.integ_key = each->integ_key.clone();
        to_.add(std::move(record));
    }
}

}  // namespace ike
