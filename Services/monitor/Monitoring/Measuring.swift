import Models
import Postgres
import Storage

/// One look at how everybody does: facts from the stores, figures from Models.
struct Measuring: Sendable {
    /// What else is measured of the platform, each by itself: what one cannot find out keeps the others from nothing.
    struct Extra: Sendable {
        let name: String
        let measure: @Sendable (Timestamp) async throws -> [Measurement]
    }

    let flows: MeasuredFlowStore
    let messages: MeasuredMessageStore
    let senders: MeasuredSenderStore
    let timings: WebhookTimingStore
    let backlog: BacklogStore
    /// Messages accepted within it stand for how delivery is.
    let window: Duration
    /// What ended within it stands for how failures are.
    let failureWindow: Duration
    let extras: [Extra]

    init(_ database: Database, window: Duration, failureWindow: Duration, extras: [Extra]) {
        flows = MeasuredFlowStore(database)
        messages = MeasuredMessageStore(database)
        senders = MeasuredSenderStore(database)
        timings = WebhookTimingStore(database)
        backlog = BacklogStore(database)
        self.window = window
        self.failureWindow = failureWindow
        self.extras = extras
    }

    /// What was found; `problem` names what could not be found out.
    struct Found: Sendable {
        var measurements: [Measurement] = []
        var tenants = 0
        var problem: String?
    }

    func measure(at now: Timestamp) async throws -> Found {
        let businesses = try await senders.businesses()
        let answers = try await timings.times(in: failureWindow)
        var facts = MeasuredFacts(at: now, businesses: businesses, senders: try await senders.senders())
        facts.answers = answers
        facts.ends = try await flows.ends(in: failureWindow)
        facts.endsOfSixHours = try await flows.endsByHours(in: .seconds(6 * 3_600))
        facts.silences = try await flows.silences()
        facts.backlog = try await backlog.backlog()
        try await readMessages(into: &facts, now: now)
        var found = Found(measurements: facts.measurements(), tenants: businesses.count)
        for extra in extras {
            do {
                found.measurements += try await extra.measure(now)
            } catch {
                found.problem = [found.problem, "\(extra.name): \(error)"].compactMap { $0 }.joined(separator: "; ")
            }
        }
        return found
    }

    private func readMessages(into facts: inout MeasuredFacts, now: Timestamp) async throws {
        let from = now + (.zero - window)
        // Ids may run a little ahead of their message.
        let to = now + .seconds(60)
        let accepted = try await messages.accepted(from: from, to: to)
        let plans = accepted.mapValues { ReadingPlan(hours: $0, from: from, to: to, businesses: accepted.count) }
        let (bySender, read) = try await messages.figures(plans)
        facts.messages = bySender
        facts.weights = plans.mapValues { Double($0.accepted) }.merging(read.mapValues(Double.init)) { accepted, read in
            max(1, accepted / max(1, read))
        }
        let lately = accepted.filter { ($0.value.last?.hour ?? from) > now + .seconds(-7_200) }
        facts.queueTimes = try await messages.queueTimes(of: lately.keys.sorted(), now: now)
    }
}
