/// A binary min-heap. Elements are not taken out of its middle: whoever owns them passes over stale ones when they come up.
struct MinimumHeap<Element: Comparable & Sendable>: Sendable {
    private(set) var elements: [Element] = []

    /// The least element.
    var first: Element? { elements.first }

    /// - Complexity: O(log n).
    mutating func insert(_ element: Element) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard elements[child] < elements[parent] else { return }
            elements.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out the least element.
    /// - Complexity: O(log n).
    @discardableResult
    mutating func popFirst() -> Element? {
        guard let least = elements.first else { return nil }
        let last = elements.removeLast()
        guard !elements.isEmpty else { return least }
        elements[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < elements.count && elements[child] < elements[smallest] {
                smallest = child
            }
            if smallest == parent { return least }
            elements.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
