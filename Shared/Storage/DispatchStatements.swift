internal import Models
internal import Postgres

/// The dispatcher's SQL.
enum DispatchStatements {
    /// Messages that are still queued; whatever else they are now needs no dispatcher.
    static func prepare(_ told: [ToldMessage]) -> SQL {
        """
        SELECT s.tenant_id, s.id, s.attempts, s.changed_at, m.sender_id, m.template_id, m.batch_id, m.lane, m.priority,
               m.recipient, m.content, m.expires_at,
               CASE WHEN w.wants_template THEN (
                   SELECT t.provider_template_id FROM templates t
                   WHERE t.tenant_id = m.tenant_id AND t.id = m.template_id) END AS provider_template_id
        FROM unnest(
            \(told.map(\.tenantID)), \(told.map(\.messageID)), \(told.map(\.wantsProviderTemplate))
        ) AS w (tenant_id, id, wants_template)
        JOIN message_states s ON s.tenant_id = w.tenant_id AND s.id = w.id AND s.state = 1
        JOIN messages m ON m.tenant_id = w.tenant_id AND m.id = w.id
        """
    }

    /// Takes what is still queued: the database's clock says whether it has expired, and the suppression list and the
    /// service window whether it may go. What may not is cancelled, with the reason in its timeline.
    static func claim(_ messages: [PreparedMessage], lease: Duration) -> SQL {
        let messages = messages.sorted { ($0.tenantID, $0.messageID) < ($1.tenantID, $1.messageID) }
        return """
            WITH wanted AS MATERIALIZED (
                SELECT w.*, CASE
                    WHEN w.expires_at <= now() THEN 11
                    WHEN EXISTS (\(RecipientCheckStore.suppressions(of: "w"))) THEN 12
                    WHEN w.category = 'NONE' AND NOT EXISTS (
                        SELECT FROM service_windows o
                        WHERE o.tenant_id = w.tenant_id AND o.sender_id = w.sender_id AND o.recipient = w.recipient
                          AND o.open_until > now()) THEN 13
                    ELSE 2 END AS fate
                FROM unnest(
                    \(messages.map(\.tenantID)), \(messages.map(\.messageID)), \(messages.map(\.senderID)),
                    \(messages.map { $0.templateID?.value ?? MoveStatements.nilTemplate }),
                    \(messages.map(\.expiresAt)), \(messages.map(\.recipient)),
                    \(messages.map { $0.templateID == nil ? "NONE" : $0.lane.category.stored })
                ) AS w (tenant_id, id, sender_id, template_id, expires_at, recipient, category)
            ), taken AS (
                UPDATE message_states s
                SET state = least(w.fate, 12),
                    attempts = s.attempts + CASE WHEN w.fate = 2 THEN 1 ELSE 0 END,
                    changed_at = now(),
                    ended_at = CASE WHEN w.fate > 2 THEN now() END
                FROM wanted w
                WHERE s.tenant_id = w.tenant_id AND s.id = w.id AND s.state = 1
                RETURNING s.tenant_id, s.id, s.state, s.attempts, s.retries, w.sender_id, w.template_id, w.fate,
                          w.recipient, w.category
            ), attempt_rows AS (
                INSERT INTO attempts (tenant_id, message_id, number, started_at, lease_until)
                SELECT tenant_id, id, attempts, now(), now() + \(lease.microseconds) * interval '1 microsecond'
                FROM taken WHERE state = 2
            ), events AS (
                INSERT INTO message_events (tenant_id, message_id, at, recorded_at, type, attempt, detail)
                SELECT tenant_id, id, now(), now(),
                       CASE fate WHEN 2 THEN 'sending' WHEN 11 THEN 'expired' ELSE 'cancelled' END,
                       NULLIF(attempts, 0),
                       CASE fate
                       WHEN 12 THEN jsonb_build_object(
                           'by', 'tidings', 'reason', CASE
                               WHEN EXISTS (\(RecipientCheckStore.suppressions(of: "taken"))
                                            AND s.reason IN ('opted_out', 'user_preferences'))
                               THEN 'recipient_opted_out'
                               ELSE 'recipient_suppressed' END)
                       WHEN 13 THEN jsonb_build_object('by', 'tidings', 'reason', 'window_closed') END
                FROM taken
            ), due_gone AS (
                DELETE FROM due_messages d USING taken t
                WHERE t.fate > 2 AND d.tenant_id = t.tenant_id AND d.message_id = t.id
            ), counts AS (
                INSERT INTO message_count_changes
                    (tenant_id, at, sender_id, template_id, from_state, to_state, messages)
                SELECT tenant_id, now(), sender_id, template_id, 1, state, count(*)
                FROM taken GROUP BY tenant_id, sender_id, template_id, state
            )
            SELECT tenant_id, id, state, attempts, retries FROM taken
            """
    }

    /// Written with the claim whether or not it takes the message: a debt too many only waits.
    static func rememberPairs(_ orders: [ClaimOrder]) -> SQL? {
        struct Pair: Hashable {
            let tenantID: TenantID
            let senderID: SenderID
            let recipient: String
        }
        var owed: [Pair: Int64] = [:]
        for order in orders {
            guard let owes = order.pairOwes else { continue }
            let pair = Pair(
                tenantID: order.message.tenantID, senderID: order.message.senderID, recipient: order.message.recipient)
            owed[pair] = max(owed[pair] ?? 0, owes.microseconds)
        }
        if owed.isEmpty { return nil }
        let debts = owed.sorted {
            ($0.key.tenantID, $0.key.senderID, $0.key.recipient) < ($1.key.tenantID, $1.key.senderID, $1.key.recipient)
        }
        return """
            INSERT INTO pair_debts (tenant_id, sender_id, recipient, paid_until)
            SELECT tenant_id, sender_id, recipient, now() + owes * interval '1 microsecond'
            FROM unnest(
                \(debts.map(\.key.tenantID)), \(debts.map(\.key.senderID)), \(debts.map(\.key.recipient)),
                \(debts.map(\.value))
            ) AS w (tenant_id, sender_id, recipient, owes)
            ON CONFLICT (tenant_id, sender_id, recipient) DO UPDATE
            SET paid_until = greatest(pair_debts.paid_until, excluded.paid_until)
            """
    }

    /// A row that is gone, or that waits behind a gate by now, is somebody else's. A time further off than a minute is the
    /// end of a quota's day or of quiet hours: so many come due at once then that they need turns.
    static func giveBack(_ messages: [GivenBack]) -> SQL {
        let messages = messages.sorted { ($0.tenantID, $0.messageID) < ($1.tenantID, $1.messageID) }
        return """
            UPDATE due_messages d
            SET due_at = coalesce(w.turn_at, now()), told = 0,
                paced = coalesce(w.turn_at <= now() + interval '1 minute', false),
                to_pace = coalesce(w.turn_at > now() + interval '1 minute', true)
            FROM unnest(
                \(messages.map(\.tenantID)), \(messages.map(\.messageID)), \(messages.map(\.turnAt))
            ) AS w (tenant_id, id, turn_at)
            WHERE d.tenant_id = w.tenant_id AND d.message_id = w.id AND d.gate_id IS NULL
            """
    }
}
