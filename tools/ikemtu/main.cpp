// ikemtu: the largest IKE and ESP datagrams that a path carries unfragmented, and what that leaves inside the
// tunnel.
#include "tools/common/tool_main.hpp"
#include "tools/ikemtu/run.hpp"

int main(int argc, char** argv) {
    return tool_main<Options>("ikemtu", "Find the largest IKE and ESP datagrams that pass unfragmented", argc,
                              argv, run);
}
