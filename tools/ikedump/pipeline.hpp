#pragma once
// Everything that is done with each packet: picked, shown, written, counted.
#include "libike/capture/anonymiser.hpp"
#include "libike/capture/key_export.hpp"
#include "libike/capture/pcapng_writer.hpp"
#include "libike/render/filter.hpp"
#include "libike/render/follow.hpp"
#include "tools/ikedump/options.hpp"
#include "tools/ikedump/show.hpp"

class Pipeline {
public:
    /// The error says which filter, SPI or file to write cannot be used.
    static ike::Result<Pipeline> create(const Options& options, ike::KeyStore keys, Show& show);
    Pipeline(Pipeline&&) = default;
    Pipeline& operator=(Pipeline&&) = delete;
    ~Pipeline() = default;
    /// False once no more packets are wanted.
    bool take(const ike::Frame& frame);
    /// Whether the display filter asks for findings; if so, those of the whole capture can be told to it.
    bool asks_for_findings() const;
    void know(ike::KnownFindings findings);
    /// From now on packets may come out some frames later, those with much to decrypt from two cores: for
    /// frames that keep until take_waiting(). False where there is nothing to decrypt with.
    bool look_ahead(ike::Tracker::Cores cores);
    /// Frames of this file and a lower Frame::position will not keep any longer.
    void take_waiting(std::uint32_t file, std::uint64_t before);
    /// After the last frame.
    void take_rest();
    /// The frames not done yet are given up.
    void drop_prepared() { tracker_->drop_prepared(); }
    /// Completes what was written.
    ike::Result<bool> finish();
    const ike::Tracker& tracker() const { return *tracker_; }

private:
    Pipeline(const Options& options, ike::KeyStore keys, Show& show);
    void take(const ike::Observation& seen);
    void take_with_more(const ike::Observation& seen);
    bool wanted(const ike::Observation& seen);
    void write(const ike::Observation& seen);

    const Options* options_;
    std::unique_ptr<ike::Tracker> tracker_;
    Show* show_;
    std::optional<ike::Filter> filter_;
    std::optional<ike::Follow> follow_;
    std::optional<ike::PcapngWriter> inner_;
    std::optional<ike::PcapngWriter> plain_;
    std::optional<ike::PcapngWriter> anonymous_;
    std::optional<ike::Anonymiser> anonymiser_;
    ike::KeyExport export_;
    std::uint64_t count_ = 0;
    bool enough_ = false;  ///< no more packets are wanted
};
