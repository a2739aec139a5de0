#include "tools/ikedump/show.hpp"

#include <cerrno>
#include <cstdlib>

#include "libike/render/describe.hpp"
#include "libike/render/json_fields.hpp"
#include "libike/render/ladder.hpp"
#include "libike/render/stats.hpp"
#include "libike/render/tree_fields.hpp"

using namespace ike;

namespace {

constexpr std::size_t much = 1 << 16;

class ShowLines final : public Show {
public:
    ShowLines(Colour colour, std::FILE* out) : Show{out}, lines_{colour} {}
    void begin(EpochTime time) override { lines_.begin(time); }
    void add(const Observation& seen) override {
        lines_.put_line(text_, seen);
        spill();
    }

private:
    LineWriter lines_;
};

class ShowTree final : public Show {
public:
    using Show::Show;
    void add(const Observation& seen) override {
        TreeFields fields{text_};
        describe(seen, fields);
        text_.push_back('\n');
        spill();
    }
};

class ShowJson final : public Show {
public:
    using Show::Show;
    void add(const Observation& seen) override {
        JsonFields fields{text_, known_};
        describe(seen, fields);
        text_.push_back('\n');
        spill();
    }

private:
    KnownTexts known_{256};
};

/// Unicode where the locale says that the terminal can show it.
Charset charset() {
    for (const auto* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const auto* value = std::getenv(variable);
        if (value == nullptr || *value == '\0') continue;
        const std::string_view locale{value};
        const bool utf8 = locale.find("UTF-8") != locale.npos || locale.find("utf8") != locale.npos;
        return utf8 ? Charset::unicode : Charset::ascii;
    }
    return Charset::ascii;
}

class ShowLadder final : public Show {
public:
    ShowLadder(Colour colour, std::FILE* out) : Show{out}, ladder_{colour, charset()} {}
    void begin(EpochTime time) override { ladder_.begin(time); }
    void add(const Observation& seen) override {
        ladder_.add(seen, text_);
        spill();
    }
    void finish() override {
        ladder_.finish(text_);
        drain();
    }

private:
    Ladder ladder_;
};

class ShowStats final : public Show {
public:
    ShowStats(View view, std::FILE* out) : Show{out}, view_{view} {}
    void add(const Observation& seen) override { stats_.add(seen); }
    void finish() override {
        if (view_ == View::stats_json) {
            JsonFields fields{text_};
            stats_.describe(fields);
            text_.push_back('\n');
        } else {
            stats_.put(text_);
        }
        drain();
    }

private:
    View view_;
    Stats stats_;
};

std::unique_ptr<Show> make_view(const Options& options, Colour colour, std::FILE* out) {
    switch (options.view()) {
        case View::tree:
            return std::make_unique<ShowTree>(out);
        case View::json:
            return std::make_unique<ShowJson>(out);
        case View::ladder:
            return std::make_unique<ShowLadder>(colour, out);
        case View::stats:
        case View::stats_json:
            return std::make_unique<ShowStats>(options.view(), out);
        case View::lines:
            break;
    }
    return std::make_unique<ShowLines>(colour, out);
}

}  // namespace

void Show::spill() {
    if (text_.size() >= much) drain();
}

void Show::drain() {
    if (text_.size() > 0 && failed_ == 0) {
        errno = 0;
        if (std::fwrite(text_.data(), 1, text_.size(), out_) != text_.size() || std::fflush(out_) != 0)
            failed_ = errno != 0 ? errno : EIO;
    }
    text_.clear();
}

void Show::name_files(std::span<const std::string> paths) {
    for (std::size_t i = 0; i < paths.size(); ++i) {
        put(text_, "file ");
        put_number(text_, i);
        put(text_, ": ");
        put_printable(text_, paths[i]);
        text_.push_back('\n');
    }
}

std::unique_ptr<Show> make_show(const Options& options, Colour colour, std::FILE* out) {
    auto show = make_view(options, colour, out);
    const auto view = options.view();
    const bool per_packet = view == View::lines || view == View::tree || view == View::ladder;
    if (per_packet && options.files.size() > 1) show->name_files(options.files);
    return show;
}
