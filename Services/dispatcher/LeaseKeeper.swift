import Models
import Runtime
import ServiceKit
import Storage
import Synchronization

/// Takes, renews and gives back the leases of senders: one after the other, so that a renewal never revives what was
/// given back.
final class LeaseKeeper: Sendable {
    static let renewEvery = Duration.milliseconds(1_500)
    static let turnEvery = Duration.milliseconds(100)
    /// Counted off a lease as we know it: a pause of this process, and the way of the last bytes.
    static let margin = Duration.seconds(1)
    /// Their last sends have slots of a few hundredths of a second from now.
    static let farewellMax = Duration.seconds(2)

    private let store: LeaseStore
    private let desk: SharedDesk
    private let returns: Returns
    private let renewedAt = Mutex(Duration.zero)

    init(_ store: LeaseStore, desk: SharedDesk, returns: Returns) {
        self.store = store
        self.desk = desk
        self.returns = returns
    }

    func turn() async throws -> Bool {
        try await giveBack()
        dropLapsed()
        try await renewIfDue()
        try await takeWished()
        return false
    }

    /// All of them, when their last sends have begun.
    func giveUpAll(within limit: Duration) async {
        let now = desk.clock.now()
        desk.withLock { $0.dismissAll(now: now) }
        let deadline = Monotonic.now() + min(limit, Self.farewellMax)
        while Monotonic.now() < deadline {
            do {
                try await giveBack()
                if !desk.withLock({ $0.isAnyoneLeaving }) { return }
            } catch {
                // They end by themselves.
                Log.warning("leases could not be given back", ["reason": "\(error)"])
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private func giveBack() async throws {
        let leaving = desk.withLock { $0.takeFarewells() }
        if leaving.isEmpty { return }
        try await store.release(leaving)
        Log.info("senders given back", ["senders": "\(leaving.count)"])
    }

    private func dropLapsed() {
        let (now, monotonic) = (desk.clock.now(), Monotonic.now())
        let (lapsed, homeless) = desk.withLock { desk in
            let lapsed = desk.lapsed(monotonic)
            return (lapsed.count, desk.lose(lapsed, now: now))
        }
        if lapsed > 0 { Log.warning("leases could not be renewed in time", ["senders": "\(lapsed)"]) }
        returns.giveBack(homeless, after: LeaseStore.span)
    }

    private func renewIfDue() async throws {
        let monotonic = Monotonic.now()
        guard monotonic - renewedAt.withLock({ $0 }) >= Self.renewEvery else { return }
        let now = desk.clock.now()
        let standings = desk.withLock { desk in
            desk.dismissResting(now: now, monotonic: monotonic)
            return desk.standings(now: now)
        }
        let ours = try await store.renew(standings)
        renewedAt.withLock { $0 = monotonic }
        let lost = standings.map(\.senderID).filter { !ours.contains($0) }
        let homeless = desk.withLock { desk in
            desk.renewed(ours, validUntil: monotonic + LeaseStore.span - Self.margin)
            return desk.lose(lost, now: now)
        }
        if !lost.isEmpty { Log.warning("senders lost to another dispatcher", ["senders": "\(lost.count)"]) }
        returns.giveBack(homeless, after: LeaseStore.span)
    }

    private func takeWished() async throws {
        let wishes = desk.withLock { $0.wishes }
        if wishes.isEmpty { return }
        let asked = Monotonic.now()
        let granted = try await store.take(wishes)
        if granted.isEmpty { return }
        let (now, monotonic) = (desk.clock.now(), Monotonic.now())
        let shed = desk.withLock { desk in
            granted.flatMap {
                desk.grant($0, validUntil: asked + LeaseStore.span - Self.margin, now: now, monotonic: monotonic)
            }
        }
        desk.changed.wake()
        returns.shed(shed)
    }
}
