import Models
import Runtime
import Synchronization

/// Values that are read again after a while, or at once when somebody says that they changed.
///
/// While one caller reads a value anew, the others go on with the old one: a slow database is not asked the same
/// question by every request at once.
final class RefreshingCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        var value: Value
        /// Monotonic, like all times in here.
        var loadedAt: Duration
        var isLoading = false
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        /// Grows with every `forget`: what was read before it must not be stored after it.
        var generation = 0
    }

    private let state = Mutex(State())
    private let freshFor: Duration
    private let usableFor: Duration
    private let entriesMax: Int
    private let load: @Sendable (Key) async throws -> Value

    /// - Parameters:
    ///   - freshFor: how long a value is used without asking.
    ///   - usableFor: how long it may still serve when asking fails.
    init(
        freshFor: Duration,
        usableFor: Duration,
        entriesMax: Int,
        load: @escaping @Sendable (Key) async throws -> Value
    ) {
        self.freshFor = freshFor
        self.usableFor = usableFor
        self.entriesMax = entriesMax
        self.load = load
    }

    private enum Standing {
        case fresh(Value)
        case stale(Value, generation: Int)
        case absent(generation: Int)
    }

    func value(for key: Key) async throws -> Value {
        switch standing(of: key) {
        case .fresh(let value): return value
        case .absent(let generation):
            let loaded = try await load(key)
            store(loaded, for: key, ifStill: generation)
            return loaded
        case .stale(let old, let generation):
            do {
                let loaded = try await load(key)
                store(loaded, for: key, ifStill: generation)
                return loaded
            } catch {
                state.withLock { $0.entries[key]?.isLoading = false }
                Log.warning("a cached value could not be read again", ["reason": "\(error)"])
                return old
            }
        }
    }

    /// Drops what the predicate says.
    func forget(where isAffected: (Key, Value) -> Bool) {
        state.withLock { state in
            state.generation += 1
            state.entries = state.entries.filter { !isAffected($0.key, $0.value.value) }
        }
    }

    private func standing(of key: Key) -> Standing {
        let now = Monotonic.now()
        return state.withLock { state in
            guard let entry = state.entries[key], now - entry.loadedAt < usableFor else {
                return .absent(generation: state.generation)
            }
            if entry.isLoading || now - entry.loadedAt < freshFor { return .fresh(entry.value) }
            state.entries[key]?.isLoading = true
            return .stale(entry.value, generation: state.generation)
        }
    }

    private func store(_ value: Value, for key: Key, ifStill generation: Int) {
        let now = Monotonic.now()
        state.withLock { state in
            guard state.generation == generation else {
                state.entries[key]?.isLoading = false
                return
            }
            if state.entries.count >= entriesMax, state.entries[key] == nil {
                state.entries = state.entries.filter { now - $0.value.loadedAt < freshFor }
                // Still full: a flood of made-up keys. Their answers need not be remembered.
                if state.entries.count >= entriesMax { return }
            }
            state.entries[key] = Entry(value: value, loadedAt: now)
        }
    }
}
