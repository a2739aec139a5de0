#include <deque>
#include <filesystem>

#include "libike/base/writer.hpp"
#include "libike/capture/capture_file.hpp"
#include "libike/capture/tracker.hpp"
#include "libike/render/line.hpp"
#include "tests/catch.hpp"

using namespace ike;

namespace {

EspKeyRecord keys(std::uint32_t spi, EncrId encr, unsigned bits, IntegId integ, Rng& rng) {
    EspKeyRecord record;
    record.spi = spi;
    record.suite.encr = encr;
    record.suite.key_bits = static_cast<std::uint16_t>(bits);
    record.suite.integ = integ;
    const auto shape = crypto::cipher_shape(encr, bits).value();
    record.encr_key = SecretBytes{ByteView{rng.bytes(shape.key + shape.salt)}};
    record.integ_key = SecretBytes{ByteView{rng.bytes(crypto::integ_key_size(integ))}};
    return record;
}

/// What a reader is told of a packet.
struct Told {
    Kind kind{};
    std::uint32_t spi = 0;
    std::uint64_t sequence = 0;
    bool decrypted = false, esn = false;
    IcvState integrity{};
    std::string obstacle;
    Bytes payload;
    std::size_t inner_length = 0;
    std::uint16_t inner_port = 0;
    bool operator==(const Told&) const = default;
};
Told told(const Observation& seen) {
    Told made;
    made.kind = seen.what.kind;
    if (seen.what.kind != Kind::esp) return made;
    const auto& esp = seen.esp;
    made = {seen.what.kind,
            esp.spi,
            esp.sequence,
            esp.decrypted,
            esp.esn,
            esp.integrity,
            esp.obstacle.text(),
            to_bytes(esp.payload),
            0,
            0};
    if (esp.inner) {
        made.inner_length = esp.inner->length;
        made.inner_port = esp.inner->destination.port;
    }
    return made;
}

/// Frames of raw IPv4, with the octets that they are views of.
class Frames {
public:
    void add(ByteView payload, std::uint8_t protocol, std::uint16_t fragment = 0) {
        Writer packet;
        packet.number<std::uint16_t>(0x4500)
            .number(static_cast<std::uint16_t>(20 + payload.size()))
            .number<std::uint16_t>(7)
            .number(fragment)
            .number<std::uint8_t>(64)
            .number(protocol)
            .zeros(2);
        packet.number(0xc0000201u).number(0xcb007101u).octets(payload);
        const auto& kept = octets_.emplace_back(packet.take());
        frames_.push_back(
            {frames_.size() + 1, {}, LinkType::raw, kept, static_cast<std::uint32_t>(kept.size())});
    }
    const std::vector<Frame>& list() const { return frames_; }

private:
    std::deque<Bytes> octets_;
    std::vector<Frame> frames_;
};

/// UDP in IPv4, in IPv6, or in IPv6 behind more options than a glimpse reaches.
Bytes inner_packet(std::size_t size, std::size_t kind, Rng& rng) {
    Writer packet;
    const bool v6 = kind % 3 != 0 && size >= 48;
    const bool options = kind % 3 == 2 && size >= 48 + 256;
    if (!v6) {
        packet.number<std::uint16_t>(0x4500).number(static_cast<std::uint16_t>(size)).zeros(4);
        packet.number<std::uint16_t>(0x4011).zeros(2).number(0x0a000001u).number(0x0a000002u);
    } else {
        packet.number(0x60000000u).number(static_cast<std::uint16_t>(size - 40));
        packet.number<std::uint8_t>(options ? 60 : 17).number<std::uint8_t>(64).octets(rng.bytes(32));
        if (options) packet.number<std::uint8_t>(17).number<std::uint8_t>(31).zeros(254);
    }
    packet.number<std::uint16_t>(5000).number(static_cast<std::uint16_t>(6000 + kind % 100)).zeros(4);
    return packet.octets(rng.bytes(size - packet.size())).take();
}

/// Flows of several ciphers side by side; damage, an SPI without keys, fragments and long packets between.
Frames mixture(std::span<const EspKeyRecord> records, Rng& rng) {
    Frames frames;
    std::vector<esp::Outbound> senders;
    for (const auto& record : records) {
        // One counts over the end of its 32 bits.
        const std::uint64_t first = record.suite.esn ? 0xfffffff0u - 60 : 1;
        senders.push_back(
            esp::Outbound::create(record.spi, record.suite, record.encr_key, record.integ_key, first)
                .value());
    }
    for (std::size_t i = 0; i < 1500; ++i) {
        auto& sender = senders[i % senders.size()];
        const auto inner = inner_packet(i % 97 == 0 ? 12'000 : 28 + i % 1300, i, rng);
        Bytes packet(sender.overhead().sealed_size(inner.size()));
        const bool v6 = inner[0] >> 4 == 6;
        packet.resize(sender.seal(inner, v6 ? esp::next_header_ipv6 : esp::next_header_ipv4, packet));
        if (i % 31 == 0) packet[packet.size() / 2] ^= 1;
        if (i % 53 == 0) packet[0] = 0xee;
        if (i % 41 == 0) {
            const std::size_t half = packet.size() / 16 * 8;
            frames.add(ByteView{packet}.first(half), 50, 0x2000);
            frames.add(ByteView{packet}.subspan(half), 50, static_cast<std::uint16_t>(half / 8));
        } else {
            frames.add(packet, 50);
        }
        if (i % 7 == 0) frames.add(rng.bytes(40), 17);
    }
    return frames;
}

}  // namespace

TEST_CASE("ESP opened ahead on another core is told as it is without", "[capture]") {
    SeededRng rng{11};
    const auto make_records = [&] {
        SeededRng same{12};
        std::vector<EspKeyRecord> records;
        records.push_back(keys(0x1001, EncrId::aes_gcm_16, 128, IntegId::none, same));
        records.push_back(keys(0x1002, EncrId::aes_cbc, 256, IntegId::hmac_sha2_256_128, same));
        records.push_back(keys(0x1003, EncrId::chacha20_poly1305, 0, IntegId::none, same));
        records.push_back(keys(0x1004, EncrId::aes_gcm_16, 256, IntegId::none, same));
        records.back().suite.esn = true;
        return records;
    };
    const auto store = [&] {
        KeyStore made;
        for (auto& record : make_records()) made.add(std::move(record));
        return made;
    };
    const auto records = make_records();
    const auto frames = mixture(records, rng);

    std::vector<Told> plain, ahead;
    Tracker one{store()};
    for (const auto& frame : frames.list()) plain.push_back(told(one.observe(frame)));

    const bool glimpses = GENERATE(false, true);

    Tracker two{store()};
    if (glimpses) two.glimpse();
    const auto cores = GENERATE(Tracker::Cores::one, Tracker::Cores::two);
    two.look_ahead(cores);
    std::size_t most = 0;
    for (const auto& frame : frames.list()) {
        while (!two.has_room()) ahead.push_back(told(two.observe_next()));
        two.prepare(frame);
        most = std::max(most, two.prepared());
    }
    // What is given up is not looked at any more; the rest is.
    while (two.prepared() > 0) ahead.push_back(told(two.observe_next()));
    if (cores == Tracker::Cores::two) CHECK(most > 50);
    CHECK(most <= EspAhead::size);
    REQUIRE(ahead.size() == plain.size());
    if (glimpses) {
        std::size_t fewer = 0;
        for (std::size_t i = 0; i < plain.size(); ++i) {
            CHECK(ahead[i].payload.size() >= std::min(esp::Glimpser::head, plain[i].payload.size()));
            if (ahead[i].payload.size() < plain[i].payload.size()) ++fewer;
            plain[i].payload.resize(std::min(plain[i].payload.size(), ahead[i].payload.size()));
        }
        CHECK(fewer > 300);
    }
    CHECK(std::ranges::equal(ahead, plain));
    CHECK(std::ranges::count(plain, true, &Told::decrypted) > 1200);
    CHECK(std::ranges::count(plain, IcvState::bad, &Told::integrity) > 30);
}

TEST_CASE("frames that were prepared may be given up at any time", "[capture]") {
    SeededRng rng{13}, same{14}, again{14};
    std::vector<EspKeyRecord> records;
    records.push_back(keys(0x2001, EncrId::aes_gcm_16, 128, IntegId::none, same));
    KeyStore store;
    store.add(keys(0x2001, EncrId::aes_gcm_16, 128, IntegId::none, again));
    Tracker tracker{std::move(store)};
    tracker.look_ahead(Tracker::Cores::two);
    {
        const auto frames = mixture(records, rng);
        for (const auto& frame : frames.list()) {
            while (!tracker.has_room()) tracker.observe_next();
            tracker.prepare(frame);
        }
        CHECK(tracker.prepared() > 0);
        tracker.drop_prepared();
    }
    CHECK(tracker.prepared() == 0);
}

namespace {

enum class Ahead { no, on_one_core, on_two };
Tracker::Cores cores(Ahead ahead) {
    return ahead == Ahead::on_two ? Tracker::Cores::two : Tracker::Cores::one;
}

/// What a capture under captures/ looks like, a line a packet, with its keys.
std::string shown(const std::filesystem::path& folder, Ahead ahead) {
    KeyStore store;
    if (std::filesystem::exists(folder / "keys")) REQUIRE(store.load((folder / "keys").string()));
    auto capture = CaptureFile::open((folder / "client.pcapng").string());
    REQUIRE(capture);
    REQUIRE(capture->can_keep_frames());
    Tracker tracker{std::move(store)};
    LineWriter lines{Colour::none};
    TextBuffer text;
    const auto show = [&](const Observation& first) {
        lines.put_line(text, first);
        while (const auto* more = tracker.more()) lines.put_line(text, *more);
    };
    if (ahead != Ahead::no) {
        tracker.look_ahead(cores(ahead));
        capture->keep_frames([&](std::uint64_t before) {
            while (tracker.waits(0, before)) show(tracker.observe_next());
        });
    }
    while (const auto frame = capture->next()) {
        if (!tracker.looks_ahead()) {
            show(tracker.observe(*frame));
            continue;
        }
        while (!tracker.has_room()) show(tracker.observe_next());
        tracker.prepare(*frame);
    }
    while (tracker.prepared() > 0) show(tracker.observe_next());
    return {text.data(), text.size()};
}

}  // namespace

TEST_CASE("each of captures/ looks the same whether it is opened ahead or not", "[capture]") {
    std::size_t compared = 0;
    for (const auto& entry : std::filesystem::directory_iterator{IKE_SOURCE_DIR "/captures"}) {
        if (!std::filesystem::exists(entry.path() / "client.pcapng")) continue;
        INFO(entry.path().filename().string());
        const auto plain = shown(entry.path(), Ahead::no);
        CHECK(plain == shown(entry.path(), Ahead::on_one_core));
        CHECK(plain == shown(entry.path(), Ahead::on_two));
        compared += plain.empty() ? 0 : 1;
    }
    CHECK(compared > 100);
}

TEST_CASE("frames keep while they wait, however much of the file lies between them", "[capture]") {
    SeededRng rng{15}, same{16};
    std::vector<EspKeyRecord> records;
    records.push_back(keys(0x3001, EncrId::aes_gcm_16, 128, IntegId::none, same));
    const auto frames = mixture(records, rng);
    // A pcapng file whose packets are few among blocks that no reader knows, some longer than what is read at
    // once.
    const auto path = std::filesystem::temp_directory_path() / "ike-look-ahead.pcapng";
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "wb"), std::fclose};
    REQUIRE(file);
    const auto block = [&](std::uint32_t type, ByteView body) {
        const auto padding = (4 - body.size() % 4) % 4;
        const auto size = static_cast<std::uint32_t>(12 + body.size() + padding);
        Writer out;
        out.number(type).number(size).octets(body).zeros(padding).number(size);
        CHECK(std::fwrite(out.view().data(), 1, out.size(), file.get()) == out.size());
    };
    block(0x0a0d0d0a, Writer{}.number(0x1a2b3c4du).number<std::uint16_t>(1).zeros(2).zeros(8).take());
    block(1, Writer{}.number<std::uint16_t>(101).zeros(6).take());
    for (const auto& frame : frames.list()) {
        const auto size = static_cast<std::uint32_t>(frame.octets.size());
        block(6, Writer{}.zeros(12).number(size).number(size).octets(frame.octets).take());
        if (frame.number % 5 == 0) block(0xbad, Bytes(frame.number % 25 == 0 ? 200'000 : 30'000));
    }
    CHECK(std::fflush(file.get()) == 0);

    const auto seen = [&](Ahead ahead) {
        KeyStore store;
        SeededRng third{16};
        store.add(keys(0x3001, EncrId::aes_gcm_16, 128, IntegId::none, third));
        Tracker tracker{std::move(store)};
        auto capture = CaptureFile::open(path.string());
        REQUIRE(capture);
        std::vector<Told> all;
        if (ahead != Ahead::no) {
            tracker.look_ahead(cores(ahead));
            capture->keep_frames([&](std::uint64_t before) {
                while (tracker.waits(0, before)) all.push_back(told(tracker.observe_next()));
            });
        }
        while (const auto frame = capture->next()) {
            if (!tracker.looks_ahead()) {
                all.push_back(told(tracker.observe(*frame)));
                continue;
            }
            while (!tracker.has_room()) all.push_back(told(tracker.observe_next()));
            tracker.prepare(*frame);
        }
        CHECK_FALSE(capture->error());
        while (tracker.prepared() > 0) all.push_back(told(tracker.observe_next()));
        return all;
    };
    const auto plain = seen(Ahead::no);
    CHECK(plain.size() == frames.list().size());
    CHECK(std::ranges::count(plain, true, &Told::decrypted) > 1200);
    CHECK(plain == seen(Ahead::on_one_core));
    CHECK(plain == seen(Ahead::on_two));
    std::filesystem::remove(path);
}
