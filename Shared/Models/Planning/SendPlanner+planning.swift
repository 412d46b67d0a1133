extension SendPlanner {
    /// - Parameter max: messages in the plan.
    package mutating func plan(now: Timestamp, max: Int) -> Plan {
        var plan = Plan()
        wakeThoseDue(now)
        forgetRested(now)
        while plan.count < max, flights.count < inFlightMax, let turn = ring.popFirst() {
            guard isCurrent(turn) else { continue }
            visit(turn.index, now, max, &plan)
        }
        plan.wakeAt = wakeAt(now)
        return plan
    }

    private mutating func wakeThoseDue(_ now: Timestamp) {
        while let at = wakes.nextAt, at <= now, let turn = wakes.popFirst() {
            if isCurrent(turn) { ring.append(put(turn.index, .ring)) }
        }
    }

    private mutating func wakeAt(_ now: Timestamp) -> Timestamp? {
        // With no room in flight, only an end makes room.
        if !ring.isEmpty, flights.count < inFlightMax { return now }
        while let turn = wakes.next, !isCurrent(turn) { _ = wakes.popFirst() }
        return wakes.nextAt
    }

    /// One sender's turn: one message goes out, or it is found why none can. What is only looked at and found held or
    /// expired uses up no turn.
    private mutating func visit(_ index: Int, _ now: Timestamp, _ max: Int, _ plan: inout Plan) {
        flows[index].unpark(now)
        while plan.count < max {
            if flows[index].lanes.isEmpty { return rest(index) }
            if !flows[index].hasRoomInFlight {
                put(index, .full)
                return
            }
            if !allBreakersAreClosed {
                switch permission(index, now) {
                case .free, .probe: break
                case .waitForProbe:
                    waitingForProbe[flows[index].provider, default: []].append(put(index, .outage))
                    return
                case .denied(let until):
                    if until - now > Self.memoryWaitMax { return giveBack(index, until, nil, now, max, &plan) }
                    wakes.insert(put(index, .timed), at: until)
                    return
                }
            }
            let slot = flows[index].pace.earliest(now: now)
            let wait = slot.microseconds - now.microseconds
            if wait > Self.horizonMicroseconds {
                let limit = flows[index].pace.binding
                hit(limit, index, now)
                if wait > Self.memoryWaitMicroseconds { return giveBack(index, slot, limit, now, max, &plan) }
                // Half the horizon: what has gathered by then goes out in one claim.
                let alarm = slot.microseconds - Self.horizonMicroseconds / 2
                wakes.insert(put(index, .timed), at: Timestamp(microseconds: alarm))
                return
            }
            guard let message = flows[index].next() else { continue }
            if isTurnedAway(message, index, at: slot, &plan) || leavesProbe(message, index, now, &plan) { continue }
            if mustWaitForRecipient(message, index, slot, now, &plan) { continue }
            send(message, index, slot, now, &plan)
            // To the end of the line, whatever else it has.
            ring.append(put(index, .ring))
            return
        }
        ring.append(put(index, .ring))
    }

    /// Nothing can be sent before `earliest`, and that is too long to wait here.
    private mutating func giveBack(
        _ index: Int, _ earliest: Timestamp, _ limit: LimitName?, _ now: Timestamp, _ max: Int, _ plan: inout Plan
    ) {
        while plan.count < max {
            guard let message = flows[index].next() else { return rest(index) }
            if isTurnedAway(message, index, at: now, &plan) { continue }
            left(message, index)
            let until = flows[index].pace.promise(from: earliest)
            plan.later.append(Plan.Later(message: message, until: min(until, message.expiresAt), limit: limit))
        }
        ring.append(put(index, .ring))
    }

    private mutating func isTurnedAway(
        _ message: PlannedMessage, _ index: Int, at slot: Timestamp, _ plan: inout Plan
    ) -> Bool {
        if message.expiresAt <= slot {
            left(message, index)
            plan.expired.append(message)
            return true
        }
        if let gate = gates.closed(for: message.subjects) {
            left(message, index)
            plan.held.append(Plan.Held(message: message, gate: gate))
            return true
        }
        return false
    }

    /// It failed already, and another may show that the provider is well: it comes back if none has.
    private mutating func leavesProbe(
        _ message: PlannedMessage, _ index: Int, _ now: Timestamp, _ plan: inout Plan
    ) -> Bool {
        guard !allBreakersAreClosed, let until = breakers[flows[index].provider]?.leavesProbe(message.messageID, now: now)
        else { return false }
        left(message, index)
        plan.later.append(Plan.Later(message: message, until: min(until, message.expiresAt), limit: nil))
        return true
    }

    private mutating func mustWaitForRecipient(
        _ message: PlannedMessage, _ index: Int, _ slot: Timestamp, _ now: Timestamp, _ plan: inout Plan
    ) -> Bool {
        let free = flows[index].pairs.freeAt(message.recipient)
        if free <= slot { return false }
        hit(.pairRate, index, now)
        let until = flows[index].pairs.promise(message.recipient, from: free)
        if until.microseconds - now.microseconds <= Self.memoryWaitMicroseconds {
            flows[index].park(message, until: until)
        } else {
            left(message, index)
            plan.later.append(
                Plan.Later(message: message, until: min(until, message.expiresAt), limit: .pairRate))
        }
        return true
    }

    private mutating func send(
        _ message: PlannedMessage, _ index: Int, _ slot: Timestamp, _ now: Timestamp, _ plan: inout Plan
    ) {
        left(message, index)
        flows[index].pace.take(slot)
        let owed = flows[index].pairs.take(message.recipient, at: slot)
        flows[index].lanes.served(message.lane)
        flows[index].inFlight += 1
        flights[message.messageID] = Flight(
            flow: index, generation: flows[index].generation, message: message, slot: slot)
        if !allBreakersAreClosed { noteProbe(message, now) }
        plan.sends.append(Plan.Send(message: message, notBefore: slot, pairPaidUntil: owed))
    }

    /// No message of its lanes waits; one may come back from waiting for its recipient.
    private mutating func rest(_ index: Int) {
        if let at = flows[index].parked.nextAt {
            wakes.insert(put(index, .timed), at: at)
        } else {
            put(index, .idle)
        }
    }

    private mutating func left(_ message: PlannedMessage, _ index: Int) {
        flows[index].left(message)
        waitingIDs.remove(message.messageID)
        noteCrowd(index)
    }

    private mutating func hit(_ limit: LimitName, _ index: Int, _ now: Timestamp) {
        hits.add(limit, tenantID: flows[index].tenantID, senderID: flows[index].senderID, at: now)
    }

    private func permission(_ index: Int, _ now: Timestamp) -> Breaker.Permission {
        breakers[flows[index].provider]?.permission(now: now) ?? .free
    }

    private mutating func noteProbe(_ message: PlannedMessage, _ now: Timestamp) {
        let provider = message.subjects.provider
        guard breakers[provider]?.permission(now: now) == .probe else { return }
        breakers[provider]?.probes(with: message.messageID)
    }

    private static let horizonMicroseconds = horizon.microseconds
    private static let memoryWaitMicroseconds = memoryWaitMax.microseconds
}
