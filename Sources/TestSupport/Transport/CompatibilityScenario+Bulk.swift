import ActorRuntime

extension CompatibilityScenario {
    static let bulk: [CompatibilityScenario] = [
        CompatibilityScenario("bulk transfers of any size arrive whole, both ways") { system in
            let probe = try system.probe
            let peer = system.transport.peers[1]
            // Sizes around the chunk of 64 KiB that the cluster tests set, and several MB.
            for count in [0, 1, 65_535, 65_536, 65_537, 1 << 20, 9_000_001] {
                let buffer = BulkBuffer.pattern(byteCount: count, seed: UInt64(count))
                let ticket = BulkTicket(tag: system.makeBulkTag(), for: buffer)
                async let arrived = probe.receive(ticket, from: system.localPeer, milliseconds: 10_000)
                try await system.transport.sendBulk(buffer, to: peer, tag: ticket.tag, deadline: .seconds(10))
                try check(try await arrived, "\(count) bytes arrived with another checksum")

                let tag = system.makeBulkTag()
                let back = BulkBuffer(byteCount: count)
                async let sent: Void = probe.send(byteCount: count, seed: 99, tag: tag, to: system.localPeer, milliseconds: 10_000)
                try await system.transport.receiveBulk(into: back, from: peer, tag: tag, deadline: .seconds(10))
                try await sent
                try check(back.checksum == BulkBuffer.pattern(byteCount: count, seed: 99).checksum, "\(count) bytes came back changed")
            }
        },
        CompatibilityScenario("many transfers at once keep apart by tag, and in order within one tag") { system in
            let probe = try system.probe
            let peer = system.transport.peers[1]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<16 {
                    let buffer = BulkBuffer.pattern(byteCount: 100_000 + index, seed: UInt64(index))
                    let ticket = BulkTicket(tag: system.makeBulkTag(), for: buffer)
                    group.addTask {
                        async let arrived = probe.receive(ticket, from: system.localPeer, milliseconds: 10_000)
                        try await system.transport.sendBulk(buffer, to: peer, tag: ticket.tag, deadline: .seconds(10))
                        try check(try await arrived, "transfer \(index) is mixed up")
                    }
                }
                try await group.waitForAll()
            }
            let tag = system.makeBulkTag()
            for index in 0..<8 {
                let buffer = BulkBuffer.pattern(byteCount: 1000, seed: UInt64(index))
                async let arrived = probe.receive(BulkTicket(tag: tag, for: buffer), from: system.localPeer, milliseconds: 10_000)
                try await system.transport.sendBulk(buffer, to: peer, tag: tag, deadline: .seconds(10))
                try check(try await arrived, "transfer \(index) of one tag is out of order")
            }
        },
        CompatibilityScenario("bulk transfers without a partner end at their deadline") { system in
            let peer = system.transport.peers[1]
            let buffer = BulkBuffer(byteCount: 300_000)
            try await expectTransportError(.timedOut) {
                try await system.transport.receiveBulk(into: buffer, from: peer, tag: system.makeBulkTag(), deadline: .milliseconds(30))
            }
            try await expectTransportError(.timedOut) {
                let lonely = BulkBuffer(byteCount: 300_000)
                try await system.transport.sendBulk(lonely, to: peer, tag: system.makeBulkTag(), deadline: .milliseconds(30))
            }
            try await expectTransportError(.timedOut) {
                let lonely = BulkBuffer(byteCount: 10)
                try await system.transport.sendBulk(lonely, to: peer, tag: system.makeBulkTag(), deadline: .milliseconds(30))
            }
        },
        CompatibilityScenario("bulk waits can be cancelled") { system in
            let peer = system.transport.peers[1]
            for isSend in [false, true] {
                let task = Task {
                    let buffer = BulkBuffer(byteCount: 70_000)
                    let tag = system.makeBulkTag()
                    if isSend {
                        try await system.transport.sendBulk(buffer, to: peer, tag: tag, deadline: .seconds(60))
                    } else {
                        try await system.transport.receiveBulk(into: buffer, from: peer, tag: tag, deadline: .seconds(60))
                    }
                }
                try await Task.sleep(for: .milliseconds(5))
                task.cancel()
                let result = await task.result
                guard case .failure(let error) = result, error is CancellationError else { throw CheckFailure("\(result)") }
            }
        },
        CompatibilityScenario("a transfer of another size than announced is an error at the receiver") { system in
            let probe = try system.probe
            let peer = system.transport.peers[1]
            for (sent, expected) in [(1000, 999), (999, 1000)] {
                let buffer = BulkBuffer.pattern(byteCount: sent, seed: 1)
                let tag = system.makeBulkTag()
                let ticket = BulkTicket(tag: tag, byteCount: expected, checksum: 0)
                async let send: Void = system.transport.sendBulk(buffer, to: peer, tag: tag, deadline: .seconds(10))
                let failure = try await expectFailure(.thrown) {
                    _ = try await probe.receive(ticket, from: system.localPeer, milliseconds: 5000)
                }
                try check(failure.message.contains("sizeMismatch"), "\(failure)")
                _ = try? await send
            }
        },
        CompatibilityScenario("a dropped transfer ends at both deadlines, and the next one works") { system in
            let probe = try system.probe
            let peer = system.transport.peers[1]
            system.transport.faultHook = { if case .bulk = $0 { .drop } else { .deliver } }
            defer { system.transport.faultHook = nil }
            let buffer = BulkBuffer.pattern(byteCount: 5000, seed: 3)
            let ticket = BulkTicket(tag: system.makeBulkTag(), for: buffer)
            async let receipt: RemoteFailure = expectFailure(.thrown) {
                _ = try await probe.receive(ticket, from: system.localPeer, milliseconds: 100)
            }
            try await expectTransportError(.timedOut) {
                try await system.transport.sendBulk(buffer, to: peer, tag: ticket.tag, deadline: .milliseconds(100))
            }
            let failure = try await receipt
            try check(failure.message.contains("timedOut"), "\(failure)")
            system.transport.faultHook = nil
            let next = BulkTicket(tag: system.makeBulkTag(), for: buffer)
            async let arrived = probe.receive(next, from: system.localPeer, milliseconds: 10_000)
            try await system.transport.sendBulk(buffer, to: peer, tag: next.tag, deadline: .seconds(10))
            try check(try await arrived, "the next transfer is damaged")
        },
    ]
}
