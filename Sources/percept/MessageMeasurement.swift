/// MPI between ranks 0 and 1.
struct MessageMeasurement: Encodable {
    let ranks: Int
    /// Why nothing was measured.
    let absent: String?
    let roundTripMicroseconds: Double?
    let gigabytesPerSecond: Double?

    enum CodingKeys: String, CodingKey {
        case ranks
        case absent
        case roundTripMicroseconds = "round_trip_us"
        case gigabytesPerSecond = "gb_per_s"
    }

    static func measure() async throws -> MessageMeasurement? {
        MessageMeasurement(ranks: 1, absent: "1 rank; run mpirun -n 2 percept bench", roundTripMicroseconds: nil, gigabytesPerSecond: nil)
    }
}
