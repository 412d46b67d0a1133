internal import Glibc
package import Models
internal import Synchronization

/// Makes version 7 UUIDs that only ever grow within a process, so that rows arrive at the end of their index.
package final class IDSource: Sendable {
    private struct State {
        var random = RandomPool()
        var milliseconds: Int64 = 0
        var counter: UInt64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// A new id. Within one millisecond a counter in the 12 bits after the version keeps the order (RFC 9562,
    /// section 6.2, method 1); it starts at a random value below 2,048 so that ids cannot be guessed by
    /// counting.
    package func uuid() -> UUIDValue {
        uuid(at: SystemClock.now())
    }

    package func uuid(at instant: Timestamp) -> UUIDValue {
        state.withLock { state in
            let milliseconds = max(0, instant.microseconds / 1_000)
            if milliseconds > state.milliseconds {
                state.milliseconds = milliseconds
                state.counter = state.random.next() & 0x7FF
            } else {
                // Same millisecond, or a clock that stepped back: continue from the last id.
                state.counter += 1
                if state.counter > 0xFFF {
                    state.milliseconds += 1
                    state.counter = 0
                }
            }
            return .version7(
                at: Timestamp(microseconds: state.milliseconds * 1_000),
                random: (state.counter, state.random.next())
            )
        }
    }
}

/// Random words from the kernel, fetched 512 at a time.
private struct RandomPool {
    private static let capacity = 512
    private var words = [UInt64](repeating: 0, count: capacity)
    private var used = capacity

    mutating func next() -> UInt64 {
        if used == Self.capacity { refill() }
        defer { used += 1 }
        // A word is wiped as it is given out, so that it cannot be read from memory later.
        defer { words[used] = 0 }
        return words[used]
    }

    private mutating func refill() {
        words.withUnsafeMutableBytes { buffer in
            // getentropy is getrandom without partial answers, 256 bytes at most.
            for start in stride(from: 0, to: buffer.count, by: 256) {
                let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + 256])
                guard let address = piece.baseAddress else { continue }
                precondition(getentropy(address, piece.count) == 0, "the kernel gives no randomness")
            }
        }
        used = 0
    }
}
