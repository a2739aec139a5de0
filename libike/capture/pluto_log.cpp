// libreswan's log with plutodebug=private: "| ESP enckey:" and "| ESP authkey:" with dumps, and add_sa() with
// the SPI they are for. Its IKE keys stay inside NSS.
#include <charconv>

#include "libike/capture/algorithm_words.hpp"
#include "libike/capture/key_file.hpp"
#include "libike/sa/key_material.hpp"

namespace ike {
namespace {

constexpr std::size_t no_place = std::string_view::npos;

/// The word after `name` in `text`.
std::string_view word_after(std::string_view text, std::string_view name) {
    const auto at = text.find(name);
    if (at == no_place) return {};
    text.remove_prefix(at + name.size());
    return text.substr(0, text.find(' '));
}

/// What a debug line says: all behind "| ", at its start or after the time.
std::string_view debug_text(std::string_view line) {
    if (line.starts_with("| ")) return line.substr(2);
    const auto at = line.find(": | ");
    return at == no_place ? std::string_view{} : line.substr(at + 4);
}

}  // namespace

bool PlutoReader::recognises(std::string_view line) { return !debug_text(line).empty(); }

bool PlutoReader::take(std::string_view line) {
    const auto text = debug_text(line);
    if (text.empty()) return false;
    if (dump_ != nullptr && text.starts_with("  ")) {
        if (dump_->wanted()) dump_->take(text);
        return true;
    }
    dump_ = nullptr;
    statement(text);
    return true;
}

void PlutoReader::statement(std::string_view text) {
    if (text.starts_with("kernel: looking for alg with encrypt: ")) return algorithm(text);
    if (!suite_) return;
    if (text.starts_with("ESP enckey:")) {
        encr_.begin(encr_key_size(suite_->encr, suite_->key_bits));
        dump_ = &encr_;
    } else if (text.starts_with("ESP authkey:")) {
        integ_.begin(suite_->integ == IntegId::none ? 0 : crypto::integ_key_size(suite_->integ));
        dump_ = &integ_;
    } else if (text.starts_with("kernel: add_sa() ")) {
        add_sa(text);
    }
}

/// "encrypt: AES_GCM_16 keylen: 128 integ: NONE"
void PlutoReader::algorithm(std::string_view text) {
    suite_.reset();
    const auto cipher = cipher_word(word_after(text, "encrypt: "));
    const auto integ = integrity_word(word_after(text, "integ: "));
    const auto digits = word_after(text, "keylen: ");
    std::uint16_t bits = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (!cipher || !integ) return;
    suite_.emplace();
    suite_->encr = cipher->encr;
    suite_->integ = *integ;
    if (crypto::supported(cipher->encr, bits)) suite_->key_bits = bits;
}

/// "... 10.99.0.0/24-ALL->203.0.113.2[6de2d34b]=espinudp==>192.0.2.2-ALL->..."
void PlutoReader::add_sa(std::string_view text) {
    const auto open = text.find('[');
    const auto close = text.find("]=", open);
    if (open == no_place || close == no_place || encr_.wanted() || integ_.wanted()) return;
    EspKeyRecord record;
    std::from_chars(text.data() + open + 1, text.data() + close, record.spi, 16);
    record.suite = *suite_;
    record.encr_key = encr_.value();
    record.integ_key = integ_.value();
    encr_.begin(0);
    integ_.begin(0);
    if (record.spi != 0 && !record.encr_key.empty()) to_.add(std::move(record));
}

}  // namespace ike
