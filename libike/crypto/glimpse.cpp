// GCM (NIST SP 800-38D) in two halves. Its tag is GHASH over the associated data, the text as it is on the
// wire and both lengths, masked with a block of key stream; the plaintext is the text and the key stream. So
// OpenSSL is given the text as associated data too, which costs GHASH alone. Only the block of lengths, the
// last to go into GHASH, is then another than the sender's. As GHASH multiplies that block by the hash key
// and nothing else, the tags differ by the hash key times the difference of the lengths.
#include "libike/crypto/glimpse.hpp"

#include <bit>
#include <cstring>

#include "libike/crypto/openssl/block_mac.hpp"
#include "libike/crypto/openssl/cipher_kind.hpp"
#include "libike/crypto/openssl/contexts.hpp"
#include "libike/crypto/openssl/gcm_message.hpp"

namespace ike::crypto {

namespace {

constexpr std::size_t block_size = 16;
constexpr std::size_t head_blocks = Glimpse::head / block_size;
/// The last two octets lie in the last block or in the two last.
constexpr std::size_t tail_blocks = 2;

const char* block_cipher(unsigned key_bits) {
    switch (key_bits) {
        case 192:
            return "AES-192-ECB";
        case 256:
            return "AES-256-ECB";
        default:
            return "AES-128-ECB";
    }
}

/// Times x in the field of GCM (section 6.3: bits in the order of reading, reduced by 11100001 in front).
void times_x(Block& value) {
    std::uint8_t carry = 0;
    for (auto& octet : value) {
        const auto out = static_cast<std::uint8_t>(octet & 1);
        octet = static_cast<std::uint8_t>(octet >> 1 | carry << 7);
        carry = out;
    }
    if (carry != 0) value[0] ^= 0xe1;
}

void add(Block& to, const Block& other) {
    using Words = std::array<std::uint64_t, 2>;
    auto sum = std::bit_cast<Words>(to);
    const auto more = std::bit_cast<Words>(other);
    sum[0] ^= more[0];
    sum[1] ^= more[1];
    to = std::bit_cast<Block>(sum);
}

/// Products of the hash key with the lengths of section 7.1, for up to 2^20 bits of data and of text.
class LengthProducts {
public:
    explicit LengthProducts(Block hash_key) {
        for (std::size_t power = 0; power < 128; ++power) {
            if (power % 64 >= 64 - bits) products_[power / 64][63 - power % 64] = hash_key;
            times_x(hash_key);
        }
    }
    LengthProducts(const LengthProducts&) = default;
    LengthProducts& operator=(const LengthProducts&) = default;
    ~LengthProducts() {
        wipe({reinterpret_cast<std::uint8_t*>(&products_), sizeof products_});
        wipe(last_);
    }
    /// The product for a block of lengths, in bits, of data and text. Most packets are as long as the last.
    const Block& of(std::uint32_t data, std::uint32_t text) {
        if (data == data_ && text == text_) return last_;
        data_ = data;
        text_ = text;
        last_ = {};
        for (; data != 0; data &= data - 1)
            add(last_, products_[0][static_cast<std::size_t>(std::countr_zero(data))]);
        for (; text != 0; text &= text - 1)
            add(last_, products_[1][static_cast<std::size_t>(std::countr_zero(text))]);
        return last_;
    }

private:
    static constexpr std::size_t bits = 20;
    std::array<std::array<Block, bits>, 2> products_{};  // by the number of the bit
    std::uint32_t data_ = 0, text_ = 0;
    Block last_{};  // their product
};

/// The block of key stream number `counter` before it is encrypted: the nonce and that number.
void put_counter(std::uint8_t* block, const std::uint8_t* nonce, std::size_t counter) {
    const auto number = static_cast<std::uint32_t>(counter);
    const std::uint32_t octets = std::endian::native == std::endian::little ? std::byteswap(number) : number;
    std::memcpy(block, nonce, 12);
    std::memcpy(block + 12, &octets, sizeof octets);
}

}  // namespace

struct Glimpse::State {
    CipherContext gcm, blocks;
    std::array<std::uint8_t, 12> nonce{};
    LengthProducts products;
    std::array<std::uint8_t, (head_blocks + tail_blocks) * block_size> stream{};

    ~State() {
        wipe(nonce);
        wipe(stream);
    }
    /// The blocks of key stream that mask the beginning and the end of `size` octets.
    void make_stream(std::size_t size) {
        const auto last = (size - 1) / block_size;
        auto* at = stream.data();
        // Counter 1 masks the tag, text starts with 2.
        for (std::size_t i = 0; i < head_blocks; ++i, at += block_size) put_counter(at, nonce.data(), 2 + i);
        put_counter(at, nonce.data(), 2 + last - 1);
        put_counter(at + block_size, nonce.data(), 2 + last);
        int made = 0;
        must(EVP_EncryptUpdate(blocks.get(), stream.data(), &made, stream.data(),
                               static_cast<int>(stream.size())) == 1,
             "key stream");
    }
};

Glimpse::Glimpse(std::unique_ptr<State> state) : state_{std::move(state)} {}
Glimpse::Glimpse(Glimpse&&) noexcept = default;
Glimpse& Glimpse::operator=(Glimpse&&) noexcept = default;
Glimpse::~Glimpse() = default;

std::optional<Glimpse> Glimpse::create(EncrId id, unsigned key_bits, ByteView key) {
    const auto row = cipher_row(id, key_bits);
    if (!row || row->mode != CipherMode::aead || !supported(id, key_bits)) return std::nullopt;
    const auto* gcm = fetched_cipher(row->name);
    const auto shape = row->shape();
    if (EVP_CIPHER_get_mode(gcm) != EVP_CIPH_GCM_MODE || key.size() != shape.key + shape.salt)
        return std::nullopt;
    auto blocks = keyed_context(fetched_cipher(block_cipher(row->key_bits)), key.first(shape.key), 1);
    Block hash_key{};
    int made = 0;
    must(EVP_EncryptUpdate(blocks.get(), hash_key.data(), &made, hash_key.data(), block_size) == 1,
         "a hash key");
    std::unique_ptr<State> state{new State{
        keyed_context(gcm, key.first(shape.key), 0), std::move(blocks), {}, LengthProducts{hash_key}, {}}};
    wipe(hash_key);
    std::ranges::copy(key.subspan(shape.key), state->nonce.begin());
    return Glimpse{std::move(state)};
}

bool Glimpse::open(ByteView iv, ByteView aad, ByteView text, ByteView icv,
                   std::span<std::uint8_t, head> start, std::span<std::uint8_t, tail> end) {
    auto& state = *state_;
    must(text.size() >= least && text.size() <= most && aad.size() <= block_size && iv.size() == 8 &&
             icv.size() <= block_size,
         "a text of a fitting size");
    std::ranges::copy(iv, state.nonce.begin() + 4);
    // The associated data ends at a block's boundary for GHASH; here the text follows in the same stretch.
    Block data{};
    std::ranges::copy(aad, data.begin());
    Block tag{};
    std::ranges::copy(icv, tag.begin());
    const auto bits = [](std::size_t octets) { return static_cast<std::uint32_t>(octets * 8); };
    add(tag, state.products.of(bits(aad.size()) ^ bits(data.size() + text.size()), bits(text.size())));
    int size = 0;
    auto* context = state.gcm.get();
    begin_opening(context, state.nonce.data(), MutableBytes{tag}.first(icv.size()));
    if (EVP_CipherUpdate(context, nullptr, &size, data.data(), block_size) != 1 ||
        EVP_CipherUpdate(context, nullptr, &size, text.data(), static_cast<int>(text.size())) != 1 ||
        EVP_CipherFinal_ex(context, tag.data(), &size) != 1)
        return false;
    state.make_stream(text.size());
    for (std::size_t at = 0; at < head; at += block_size) {
        Block block, mask;
        std::memcpy(block.data(), &text[at], block_size);
        std::memcpy(mask.data(), &state.stream[at], block_size);
        add(block, mask);
        std::memcpy(&start[at], block.data(), block_size);
    }
    const auto tail_at = (text.size() - 1) / block_size * block_size - block_size;
    for (std::size_t i = 0; i < tail; ++i) {
        const auto at = text.size() - tail + i;
        end[i] = text[at] ^ state.stream[head + at - tail_at];
    }
    return true;
}

}  // namespace ike::crypto
