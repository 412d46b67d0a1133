package import Models
package import Postgres

/// A sender that wants an owner.
package struct LeaseWish: Sendable, Hashable {
    package let tenantID: TenantID
    package let senderID: SenderID
    /// Messages a second, for a sender that never had an owner.
    package let rate: Double

    package init(tenantID: TenantID, senderID: SenderID, rate: Double) {
        self.tenantID = tenantID
        self.senderID = senderID
        self.rate = rate
    }
}

/// What an owner writes down for the next one. Times are counted from now: no two machines' clocks are compared.
package struct LeaseStanding: Sendable {
    package let tenantID: TenantID
    package let senderID: SenderID
    package let paidIn: Duration
    package let rate: Double
    package let rateChangedAgo: Duration
    package let pending: [Lane: Int]

    package init(
        tenantID: TenantID, senderID: SenderID, paidIn: Duration, rate: Double, rateChangedAgo: Duration,
        pending: [Lane: Int]
    ) {
        self.tenantID = tenantID
        self.senderID = senderID
        self.paidIn = paidIn
        self.rate = rate
        self.rateChangedAgo = rateChangedAgo
        self.pending = pending
    }
}

/// A sender that is ours until its lease ends, with what its former owner left.
package struct GrantedLease: Sendable {
    package let tenantID: TenantID
    package let senderID: SenderID
    /// Below zero: paid for long ago.
    package let paidIn: Duration
    package let rate: Double
    package let rateChangedAgo: Duration
    /// Somebody else may have sent so lately that it still counts.
    package let isTakeOver: Bool
    package var pairsOwe: [String: Duration]

    package init(
        tenantID: TenantID, senderID: SenderID, paidIn: Duration, rate: Double, rateChangedAgo: Duration,
        isTakeOver: Bool, pairsOwe: [String: Duration] = [:]
    ) {
        self.tenantID = tenantID
        self.senderID = senderID
        self.paidIn = paidIn
        self.rate = rate
        self.rateChangedAgo = rateChangedAgo
        self.isTakeOver = isTakeOver
        self.pairsOwe = pairsOwe
    }
}

/// Who may send through a sender: never two at once, by the database's clock.
package struct LeaseStore: Sendable {
    /// A dispatcher that died is waited for this long.
    package static let span = Duration.seconds(6)
    /// What a dead owner sent last may have left it a moment after its lease had ended.
    static let grace = Duration.milliseconds(200)
    /// No limit of a sender remembers longer: 45 messages to one recipient, at one in 6 s.
    static let memory = Duration.seconds(270)

    private let database: Database
    private let holder: UUIDValue

    /// - Parameter holder: this process; another one, or this one after a restart, is somebody else.
    package init(_ database: Database, holder: UUIDValue) {
        self.database = database
        self.holder = holder
    }

    /// - Returns: the senders that are ours now. Those that are missing have another owner.
    package func take(_ wishes: [LeaseWish]) async throws(DatabaseError) -> [GrantedLease] {
        if wishes.isEmpty { return [] }
        let wishes = wishes.sorted { ($0.tenantID, $0.senderID) < ($1.tenantID, $1.senderID) }
        let answers = try await database.pipeline([
            .actFor(wishes.map(\.tenantID)), take(wishes), debts(wishes),
        ])
        var granted: [SenderID: GrantedLease] = [:]
        for row in answers[1] {
            let paidIn = Duration.microseconds(try row.value("paid_in", as: Int64.self))
            let lease = GrantedLease(
                tenantID: try row.value("tenant_id"), senderID: try row.value("sender_id"), paidIn: paidIn,
                rate: try row.value("rate"),
                rateChangedAgo: .microseconds(try row.value("rate_changed_ago", as: Int64.self)),
                isTakeOver: paidIn > .zero - Self.memory, pairsOwe: [:])
            granted[lease.senderID] = lease
        }
        for row in answers[2] {
            let sender: SenderID = try row.value("sender_id")
            granted[sender]?.pairsOwe[try row.value("recipient")] = .microseconds(
                try row.value("owes", as: Int64.self))
        }
        return Array(granted.values)
    }

    /// Writes down where each sender stands, and keeps it for another span.
    ///
    /// - Returns: the senders that are still ours.
    package func renew(_ standings: [LeaseStanding]) async throws(DatabaseError) -> Set<SenderID> {
        try await write(standings, leaseFor: Self.span)
    }

    /// Others may take these senders at once.
    package func release(_ standings: [LeaseStanding]) async throws(DatabaseError) {
        _ = try await write(standings, leaseFor: .zero)
    }

    /// Debts that are paid need nobody's memory.
    package func forgetPaidPairs(of senders: [(TenantID, SenderID)]) async throws(DatabaseError) {
        if senders.isEmpty { return }
        _ = try await database.pipeline([
            .actFor(senders.map(\.0)),
            """
            DELETE FROM pair_debts d USING unnest(\(senders.map(\.0)), \(senders.map(\.1))) AS w (tenant_id, sender_id)
            WHERE d.tenant_id = w.tenant_id AND d.sender_id = w.sender_id AND d.paid_until < now()
            """,
        ])
    }

    /// A former owner may have sent until its lease ended; one that gave it back has written down what it sent.
    private func take(_ wishes: [LeaseWish]) -> SQL {
        """
        INSERT INTO sender_leases AS l
            (tenant_id, sender_id, holder, taken_at, lease_until, paid_until, rate, rate_changed_at)
        SELECT tenant_id, sender_id, \(holder), now(), now() + \(Self.span.microseconds) * interval '1 microsecond',
               now() - interval '1 day', rate::real, now()
        FROM unnest(\(wishes.map(\.tenantID)), \(wishes.map(\.senderID)), \(wishes.map(\.rate)))
            AS w (tenant_id, sender_id, rate)
        ON CONFLICT (tenant_id, sender_id) DO UPDATE
        SET holder = excluded.holder, taken_at = excluded.taken_at, lease_until = excluded.lease_until,
            paid_until = greatest(l.paid_until, l.lease_until) + \(Self.grace.microseconds) * interval '1 microsecond'
        WHERE l.lease_until <= now() OR l.holder = excluded.holder
        RETURNING tenant_id, sender_id, rate,
                  (extract(epoch FROM paid_until - now()) * 1000000)::bigint AS paid_in,
                  (extract(epoch FROM now() - rate_changed_at) * 1000000)::bigint AS rate_changed_ago
        """
    }

    private func debts(_ wishes: [LeaseWish]) -> SQL {
        """
        SELECT d.sender_id, d.recipient, (extract(epoch FROM d.paid_until - now()) * 1000000)::bigint AS owes
        FROM unnest(\(wishes.map(\.tenantID)), \(wishes.map(\.senderID))) AS w (tenant_id, sender_id)
        JOIN sender_leases l ON l.tenant_id = w.tenant_id AND l.sender_id = w.sender_id AND l.holder = \(holder)
        JOIN pair_debts d ON d.tenant_id = w.tenant_id AND d.sender_id = w.sender_id
        WHERE d.paid_until > now()
        """
    }

    private func write(_ standings: [LeaseStanding], leaseFor span: Duration) async throws(DatabaseError)
        -> Set<SenderID>
    {
        if standings.isEmpty { return [] }
        let standings = standings.sorted { ($0.tenantID, $0.senderID) < ($1.tenantID, $1.senderID) }
        func pending(_ lane: Lane) -> [Int32] { standings.map { Int32(clamping: $0.pending[lane] ?? 0) } }
        let answers = try await database.pipeline([
            .actFor(standings.map(\.tenantID)),
            """
            UPDATE sender_leases l
            SET lease_until = now() + \(span.microseconds) * interval '1 microsecond',
                paid_until = now() + w.paid_in * interval '1 microsecond', rate = w.rate::real,
                rate_changed_at = now() - w.rate_changed_ago * interval '1 microsecond',
                pending_authentication = w.authentication, pending_utility = w.utility, pending_marketing = w.marketing
            FROM unnest(
                \(standings.map(\.tenantID)), \(standings.map(\.senderID)), \(standings.map(\.paidIn.microseconds)),
                \(standings.map(\.rate)), \(standings.map(\.rateChangedAgo.microseconds)),
                \(pending(.authentication)), \(pending(.utility)), \(pending(.marketing))
            ) AS w (tenant_id, sender_id, paid_in, rate, rate_changed_ago, authentication, utility, marketing)
            WHERE l.tenant_id = w.tenant_id AND l.sender_id = w.sender_id AND l.holder = \(holder)
            RETURNING l.sender_id
            """,
        ])
        var ours: Set<SenderID> = []
        for row in answers.last ?? [] { ours.insert(try row.value("sender_id")) }
        return ours
    }
}
