#pragma once
// A stable sort by key. (std::stable_sort of libstdc++ 12 stands on what C++17 deprecated, and clang says
// so.)
#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace ike {

/// Sorts `items` by the key that `projection` gives of each; what has equal keys stays in its order.
template <class T, class Projection>
void sort_stably(std::vector<T>& items, Projection projection) {
    using Key = std::decay_t<std::invoke_result_t<Projection&, const T&>>;
    std::vector<std::pair<Key, std::size_t>> order;
    order.reserve(items.size());
    for (const auto& item : items) order.emplace_back(std::invoke(projection, item), order.size());
    std::ranges::sort(order);
    std::vector<T> sorted;
    sorted.reserve(items.size());
    for (const auto& [key, index] : order) sorted.push_back(std::move(items[index]));
    items = std::move(sorted);
}

}  // namespace ike
