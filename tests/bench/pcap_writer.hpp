#pragma once
// Raw IPv4 packets to a pcap file with nanoseconds, a microsecond apart: captures for benchmarks to read.
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "libike/base/address.hpp"
#include "libike/base/writer.hpp"

namespace bench {

class PcapWriter {
public:
    /// "-": standard output.
    explicit PcapWriter(const std::string& path)
        : file_{path == "-" ? stdout : std::fopen(path.c_str(), "wb")} {
        if (!file_) throw std::runtime_error{"cannot write " + path};
        // In large pieces, as a capture lies in memory that came from a disk or another machine: what is
        // written page by page is also kept and read back page by page, at several times the cost.
        std::setvbuf(file_.get(), buffer_.data(), _IOFBF, buffer_.size());
        // Magic for nanoseconds, version 2.4, zone, accuracy, snap length, LINKTYPE_RAW; all big-endian.
        ike::Writer header;
        header.number(0xa1b23c4du)
            .number<std::uint16_t>(2)
            .number<std::uint16_t>(4)
            .zeros(8)
            .number(65535u)
            .number(101u);
        put(header.view());
    }
    /// `octets` as the body of a UDP datagram, or right after the IP header for native ESP.
    void write(const ike::Datagram& datagram) {
        const bool udp = datagram.carrier == ike::Carrier::udp;
        const auto size = 20 + (udp ? 8 : 0) + datagram.octets.size();
        ike::Writer packet;
        packet.number(static_cast<std::uint32_t>(time_ / 1'000'000'000))
            .number(static_cast<std::uint32_t>(time_ % 1'000'000'000));
        packet.number(static_cast<std::uint32_t>(size)).number(static_cast<std::uint32_t>(size));
        packet.number<std::uint16_t>(0x4500).number(static_cast<std::uint16_t>(size)).zeros(4);
        packet.number<std::uint8_t>(64).number<std::uint8_t>(udp ? 17 : 50).zeros(2);
        packet.octets(datagram.path.local.address.octets()).octets(datagram.path.remote.address.octets());
        if (udp) {
            packet.number(datagram.path.local.port).number(datagram.path.remote.port);
            packet.number(static_cast<std::uint16_t>(size - 20)).zeros(2);
        }
        put(packet.octets(datagram.octets).view());
        time_ += 1000;
    }

private:
    void put(ike::ByteView octets) {
        if (std::fwrite(octets.data(), 1, octets.size(), file_.get()) != octets.size()) {
            throw std::runtime_error{"cannot write a capture"};
        }
    }
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::vector<char> buffer_ = std::vector<char>(1 << 20);
    std::unique_ptr<std::FILE, Close> file_;
    std::uint64_t time_ = 1'700'000'000'000'000'000;
};

}  // namespace bench
