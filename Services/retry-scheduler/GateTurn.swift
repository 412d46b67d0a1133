import EventBus
import Kafka
import Models
import Runtime
import Storage

/// One turn of the gates: open those whose time has come, let out what they held, try one message where only a try can
/// tell, and give the recipients that a portfolio has free to those who wait for them.
///
/// What is let out gets its turns at its sender's pace like a campaign, so a gate that held a hundred thousand messages
/// opens like one that held three. A gate that wants to be tried and holds nobody is tried with the next message it
/// holds: it is never opened untried, since nobody waits for that.
struct GateTurn: Sendable {
    static let releasedMax = 1_000

    let store: GateReleaseStore
    let producer: KafkaProducer
    let topicPrefix: String
    private let opened = MetricsRegistry.shared.counter("tidings_gates_opened_total", help: "Gates opened by time.")
    private let probes = MetricsRegistry.shared.counter("tidings_gate_probes_total", help: "Probes sent to closed gates.")
    private let released = MetricsRegistry.shared.counter(
        "tidings_gate_released_total", help: "Held messages let out of gates.")

    init(store: GateReleaseStore, producer: KafkaProducer, topicPrefix: String) {
        self.store = store
        self.producer = producer
        self.topicPrefix = topicPrefix
    }

    /// - Returns: whether there is more to let out at once.
    func run() async throws -> Bool {
        let opened = try await store.openDue()
        for gate in opened {
            Log.info(
                "a gate opened by time",
                ["gate_id": "\(gate.id)", "scope": gate.scope.rawValue, "cause": gate.cause.rawValue])
        }
        self.opened.increment(by: opened.count)
        let probes = try await store.takeProbes()
        self.probes.increment(by: probes.count)
        // The dispatchers must know which message is the probe before it reaches them.
        tell(opened + probes.map(\.gate))
        let released = try await store.release(max: Self.releasedMax)
        let freed = try await store.portfolioTurn(max: Self.releasedMax)
        self.released.increment(by: released + freed.released)
        return released == Self.releasedMax || freed.hasMore
    }

    private func tell(_ gates: [ClosedGate]) {
        // What concerns several tenants is news for whoever listens; the tenant is only a key here.
        let news = gates.map { gate in
            ControlNews(tenantID: gate.tenantID ?? TenantID(UUIDValue(high: 0, low: 0)), what: .gate)
        }
        producer.enqueue(Array(Set(news)), prefix: topicPrefix)
    }
}
