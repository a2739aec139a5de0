#pragma once
// Exchanges drawn as a ladder: a column for each host address, an arrow for each message, runs of ESP in one
// row.
#include <vector>

#include "libike/render/line.hpp"
#include "libike/render/path_follower.hpp"

namespace ike {

enum class Charset : std::uint8_t { ascii, unicode };

/// Rows are written as soon as they are complete; a new address brings a new head. What it remembers is
/// bounded.
class Ladder {
public:
    explicit Ladder(Colour colour, Charset charset = Charset::unicode) : colour_{colour}, charset_{charset} {}
    /// Times count from here; without a call from the first packet added.
    void begin(EpochTime time) { begin_ = time; }
    void add(const Observation& seen, TextBuffer& out);
    /// Writes the runs still open.
    void finish(TextBuffer& out);

private:
    /// Where a row begins: the frame, and its file and number there if there are several.
    struct Place {
        std::uint64_t frame = 0;
        std::uint32_t file = 0;
        std::uint64_t in_file = 0;
    };
    static Place place(const Packet& packet);
    /// ESP, AH or keepalives of one SA on one path.
    struct Run {
        Endpoint source, destination;
        Kind kind{};
        std::uint32_t spi = 0;
        Place place;  ///< of the first
        EpochTime begin{}, end{};
        std::uint64_t packets = 0, octets = 0, bad = 0;
        std::uint64_t first_sequence = 0, last_sequence = 0;
    };
    /// The text right of an arrow.
    void add_ike(const Observation& seen, TextBuffer& out);
    void add_to_run(const Observation& seen, TextBuffer& out);
    /// Says so when the IKE SA has moved.
    void note_path(const Observation& seen, TextBuffer& out);
    void flush_runs(TextBuffer& out);
    void put_run(const Run& run, TextBuffer& out);
    void put_row(TextBuffer& out, EpochTime time, const Place& place, const Endpoint& source,
                 const Endpoint& destination, std::string_view text);
    void put_arrow(TextBuffer& out, std::size_t from, std::size_t to, const Endpoint& source,
                   const Endpoint& destination) const;
    void put_head(TextBuffer& out);
    /// Columns of both ends; nothing when there are too many already.
    std::optional<std::size_t> column(const Endpoint& end, bool with_port);
    void paint(TextBuffer& out, std::string_view code) const;

    Colour colour_;
    Charset charset_;
    bool merged_ = false;  ///< several captures
    std::optional<EpochTime> begin_;
    std::vector<Endpoint> columns_;  ///< port 0: any
    std::size_t drawn_ = 0;          ///< columns in the last head
    std::size_t width_ = 17;         ///< of a column
    std::vector<Run> runs_;
    PathFollower follower_;
};

}  // namespace ike
