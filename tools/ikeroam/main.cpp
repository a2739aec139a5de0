// ikeroam: moves an IKE SA among local addresses while traffic flows, and reports what each move cost.
#include "tools/common/tool_main.hpp"
#include "tools/ikeroam/run.hpp"

int main(int argc, char** argv) {
    return tool_main<Options>("ikeroam", "Move an IKE SA among addresses and measure each move", argc, argv,
                              run);
}
