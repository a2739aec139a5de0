// ikeroam: moves an IKE SA among local addresses while traffic flows, and reports what each move cost.
#include <CLI/CLI.hpp>

#include "tools/common/exit_codes.hpp"
#include "tools/common/report.hpp"
#include "tools/ikeroam/run.hpp"

int main(int argc, char** argv) {
    CLI::App app{"Move an IKE SA among addresses and measure each move"};
    Options options;
    declare(app, options);
    try {
        app.parse(argc, argv);
        if (const auto why = contradiction(options))
            throw CLI::ValidationError{*why, CLI::ExitCodes::ValidationError};
    } catch (const CLI::ParseError& stop) {
        return app.exit(stop) == 0 ? exit_ok : exit_usage;
    }
    return report("ikeroam", run(options));
}
