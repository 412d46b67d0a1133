extension SendPlanner {
    package mutating func append(_ message: PlannedMessage, now: Timestamp) -> Appended {
        guard let index = indexes[message.senderID] else { return .notOurs }
        let id = message.messageID
        guard flights[id] == nil, waitingIDs.insert(id).inserted else { return .duplicate }
        let hadNone = flows[index].lanes.isEmpty
        flows[index].append(message)
        noteCrowd(index)
        let shed = shedTooMuch(index)
        switch flows[index].place {
        // It may have slept until a recipient is free; the others need not.
        case .timed where hadNone: lookAgain(index)
        case .idle: lookAgain(index)
        case .ring, .timed, .full, .outage: break
        }
        return shed.isEmpty ? .waits : .shed(shed)
    }

    /// - Parameter result: what became of the call; the message may be handed in again from here on.
    package mutating func finished(_ message: MessageID, _ result: PlanResult, now: Timestamp) {
        guard let flight = flights.removeValue(forKey: message) else { return }
        noteProvider(flight.message, result, now)
        // A lease that ended and came back counts anew.
        guard flows[flight.flow].generation == flight.generation else { return }
        flows[flight.flow].inFlight -= 1
        noteLimits(flight, result, now)
        if flows[flight.flow].place == .full { lookAgain(flight.flow) }
    }

    // MARK: Too much

    private mutating func shedTooMuch(_ index: Int) -> [MessageID] {
        var shed: [MessageID] = []
        let own = flows[index].pace.waitingMax(seconds: pendingSeconds, atLeast: pendingPerSenderMin)
        if flows[index].waiting > own, let least = shedOne(of: index) { shed.append(least) }
        // Whoever waits with most gives way to whoever has little.
        if waitingIDs.count > memoryMax, let least = shedOne(of: crowds.largest ?? index) ?? shedOne(of: index) {
            shed.append(least)
        }
        return shed
    }

    private mutating func shedOne(of index: Int) -> MessageID? {
        guard let least = flows[index].shed() else { return nil }
        waitingIDs.remove(least.messageID)
        noteCrowd(index)
        return least.messageID
    }

    // MARK: What an answer teaches

    private mutating func noteLimits(_ flight: Flight, _ result: PlanResult, _ now: Timestamp) {
        let message = flight.message
        switch result {
        case .accepted: flows[flight.flow].pairs.accepted(message.recipient)
        case .refused(let error) where error.class == .throttle:
            switch error.scope {
            case .sender:
                flows[flight.flow].pace.refused(wait: error.wait, now: now)
                hitByProvider(.senderRate, message, subject: nil, now)
            case .pair:
                flows[flight.flow].pairs.refused(message.recipient, error, now: now)
                hitByProvider(.pairRate, message, subject: nil, now)
            case .account:
                hitByProvider(.accountCalls, message, subject: message.subjects.accountID, now)
            case .app:
                hitByProvider(.accountCalls, message, subject: message.subjects.provider.rawValue, now)
            case .message, .recipient, .recipientMarketing, .country, .template, .flow, .accountManagement, .calls:
                break
            }
        case .refused, .notSent, .unanswered, .unclaimed: break
        }
    }

    private mutating func hitByProvider(
        _ limit: LimitName, _ message: PlannedMessage, subject: String?, _ now: Timestamp
    ) {
        hits.add(
            limit, tenantID: message.subjects.tenantID, senderID: message.senderID, subject: subject,
            byProvider: true, at: now)
    }

    private mutating func noteProvider(_ message: PlannedMessage, _ result: PlanResult, _ now: Timestamp) {
        let provider = message.subjects.provider
        let id = message.messageID
        let looksAgain: Bool
        switch result {
        case .accepted: looksAgain = breakers[provider, default: Breaker()].ended(id, failed: false, now: now)
        case .refused(let error):
            let failed = error.class == .retry
            looksAgain = breakers[provider, default: Breaker()].ended(id, failed: failed, now: now)
        case .notSent, .unanswered:
            looksAgain = breakers[provider, default: Breaker()].ended(id, failed: true, now: now)
        case .unclaimed: looksAgain = breakers[provider]?.abandoned(id) ?? false
        }
        allBreakersAreClosed = breakers.values.allSatisfy(\.isClosed)
        guard looksAgain, let turns = waitingForProbe.removeValue(forKey: provider) else { return }
        for turn in turns where isCurrent(turn) { lookAgain(turn.index) }
    }
}
