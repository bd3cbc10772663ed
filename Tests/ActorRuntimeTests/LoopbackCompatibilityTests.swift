import TestSupport
import Testing

@Suite("Loopback keeps the transport's promises")
struct LoopbackCompatibilityTests {
    @Test("with two peers", .timeLimit(.minutes(2)), arguments: CompatibilityScenario.all)
    func twoPeers(_ scenario: CompatibilityScenario) async throws {
        try await scenario.run(on: LoopbackHarness(peerCount: 2))
    }

    @Test("with four peers", .timeLimit(.minutes(2)), arguments: CompatibilityScenario.all)
    func fourPeers(_ scenario: CompatibilityScenario) async throws {
        try await scenario.run(on: LoopbackHarness(peerCount: 4))
    }
}
