#pragma once
// The ways in which ikedump shows packets.
#include <cstdio>
#include <memory>

#include "libike/render/line.hpp"
#include "tools/ikedump/options.hpp"

class Show {
public:
    explicit Show(std::FILE* out) : out_{out} {}
    virtual ~Show() = default;
    /// When the first packet was captured: times count from there, shown or not.
    virtual void begin(ike::EpochTime) {}
    virtual void add(const ike::Observation& seen) = 0;
    /// "file 0: PATH" for each of several captures: what their numbers stand for.
    void name_files(std::span<const std::string> paths);
    /// Everything so far goes out.
    virtual void flush() { drain(); }
    /// There are no more packets.
    virtual void finish() { drain(); }
    /// Nobody reads any more (a closed pipe, a full disk).
    bool failed() const { return failed_ != 0; }
    int failure_code() const { return failed_; }  ///< errno of it

protected:
    /// Writes the buffer when there is much in it.
    void spill();
    void drain();
    ike::TextBuffer text_;

private:
    std::FILE* out_;
    int failed_ = 0;
};

std::unique_ptr<Show> make_show(const Options& options, ike::Colour colour, std::FILE* out);
