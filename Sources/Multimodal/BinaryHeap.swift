/// A binary heap whose smallest element comes first.
struct BinaryHeap<Element: Comparable> {
    private var elements: [Element] = []

    init(_ elements: [Element] = []) {
        for element in elements { insert(element) }
    }

    mutating func insert(_ element: Element) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0, elements[child] < elements[(child - 1) / 2] {
            elements.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Removes the smallest element; nil if there is none.
    mutating func popFirst() -> Element? {
        guard let last = elements.popLast() else { return nil }
        guard let first = elements.first else { return last }
        elements[0] = last
        var parent = 0
        while true {
            var least = parent
            let left = 2 * parent + 1
            if left < elements.count, elements[left] < elements[least] { least = left }
            if left + 1 < elements.count, elements[left + 1] < elements[least] { least = left + 1 }
            if least == parent { return first }
            elements.swapAt(parent, least)
            parent = least
        }
    }
}
