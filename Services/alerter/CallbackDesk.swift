import Models
import Runtime
import ServiceKit
import Storage
import Synchronization

/// Finds endpoints of tenants with something due and delivers to each of them beside the others: a slow one keeps nothing
/// but its own place.
final class CallbackDesk: Part {
    let name = "callbacks"
    private let store: CallbackDeliveryStore
    private let server: CallbackServer
    private let interval: Duration
    private let inFlightMax: Int
    private let stopping = StopFlag()
    private let serving = Mutex(0)

    init(store: CallbackDeliveryStore, server: CallbackServer, interval: Duration, inFlightMax: Int) {
        self.store = store
        self.server = server
        self.interval = interval
        self.inFlightMax = inFlightMax
    }

    /// Endpoints at once; each may have at least two deliveries in flight.
    private var endpointsMax: Int { max(1, inFlightMax / 2) }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            while !stopping.isSet {
                let endpoints = await nextEndpoints()
                for endpoint in endpoints {
                    serving.withLock { $0 += 1 }
                    group.addTask { await self.serve(endpoint) }
                }
                // Who is done wakes us: it may have more to do, or leave its place to somebody who waits for one.
                await stopping.wait(atMost: interval)
            }
        }
    }

    private func nextEndpoints() async -> [LeasedCallback] {
        let free = endpointsMax - serving.withLock { $0 }
        guard free > 0 else { return [] }
        do {
            return try await store.takeEndpoints(max: free)
        } catch {
            Log.warning("endpoints with something due could not be looked for", ["reason": "\(error)"])
            return []
        }
    }

    private func serve(_ endpoint: LeasedCallback) async {
        let hasMore = await server.serve(
            endpoint,
            share: { self.serving.withLock { max(1, self.inFlightMax / max(1, $0)) } },
            isStopping: { self.stopping.isSet })
        serving.withLock { $0 -= 1 }
        if hasMore { stopping.wake() }
    }

    /// What is being tried is recorded: otherwise it would be delivered again.
    func stop(within limit: Duration) async {
        stopping.set()
        let end = Monotonic.now() + limit
        while serving.withLock({ $0 }) > 0, Monotonic.now() < end {
            try? await Task.sleep(for: .milliseconds(10))
        }
    }
}
