import CMPI

/// Collectives: every member calls the same ones in the same order. Only on communicators without fragile ranks: a member that dies
/// leaves the others waiting until their deadline, and the communicator broken.
extension Communicator {
    /// Waits for all members.
    package func barrier(deadline: Duration) async throws(MPIError) {
        try await collective("barrier", byteCount: 0, deadline: deadline, region: nil) { handle, request in
            cmpi_ibarrier(handle.raw, &request)
        }
    }

    /// Copies the root's block to all members; of any size, in chunks.
    package func broadcast(_ region: MemoryRegion, root: Int, deadline: Duration) async throws(MPIError) {
        let end = ContinuousClock.now + deadline
        for chunk in Self.chunks(of: region.byteCount, size: chunkByteCount) {
            try await collective("broadcast", byteCount: region.byteCount, deadline: end - .now, region: region) { handle, request in
                cmpi_ibcast(region.baseAddress + chunk.lowerBound, Int32(chunk.count), Int32(root), handle.raw, &request)
            }
        }
    }

    /// Gathers equal-sized small blocks of all members, in rank order, at every member.
    ///
    /// - Returns: `size` times the block's bytes.
    package func allGather(_ region: MemoryRegion, deadline: Duration) async throws(MPIError) -> MemoryRegion {
        guard region.byteCount * size <= chunkByteCount else {
            throw OperationContext(operation: "all-gather", byteCount: region.byteCount).error(
                .invalid("\(size) such blocks exceed \(chunkByteCount) bytes"))
        }
        let all = MemoryRegion.allocate(byteCount: region.byteCount * size)
        // Both blocks must live until MPI lets go of them.
        let owners = MemoryRegion(baseAddress: all.baseAddress, byteCount: all.byteCount, owner: RegionPair(all, region))
        try await collective("all-gather", byteCount: region.byteCount, deadline: deadline, region: owners) { handle, request in
            cmpi_iallgather(region.baseAddress, Int32(region.byteCount), all.baseAddress, handle.raw, &request)
        }
        return all
    }

    /// Combines the members' values in place, element by element; of any size, in chunks.
    package func allReduce(
        _ region: MemoryRegion, of data: ReductionData, _ op: ReductionOperator, deadline: Duration
    ) async throws(MPIError) {
        guard region.byteCount.isMultiple(of: data.byteCount) else {
            throw OperationContext(operation: "all-reduce", byteCount: region.byteCount).error(
                .invalid("not a multiple of \(data.byteCount) bytes"))
        }
        let end = ContinuousClock.now + deadline
        let size = max(chunkByteCount / data.byteCount, 1) * data.byteCount
        for chunk in Self.chunks(of: region.byteCount, size: size) {
            try await collective("all-reduce", byteCount: region.byteCount, deadline: end - .now, region: region) { handle, request in
                cmpi_iallreduce(
                    region.baseAddress + chunk.lowerBound, Int32(chunk.count / data.byteCount), data.code, op.code, handle.raw, &request)
            }
        }
    }
}

/// Keeps two regions alive.
private final class RegionPair: Sendable {
    private let regions: (MemoryRegion, MemoryRegion)
    init(_ a: MemoryRegion, _ b: MemoryRegion) { regions = (a, b) }
}
