import Models
import Runtime
import Storage

/// Everything a cycle knows, and the figures that follow from it, by sender, by business and of the platform.
struct MeasuredFacts: Sendable {
    typealias Place = MeasuredFlowStore.Place

    let at: Timestamp
    let businesses: [MeasuredSenderStore.Business]
    let senders: [MeasuredSenderStore.Sender]
    var answers = AnswerTimes()
    var messages: [Place: MessageFigures] = [:]
    /// How many messages of a business each that was read stands for.
    var weights: [TenantID: Double] = [:]
    var ends: [Place: EndFigures] = [:]
    var endsOfSixHours: [Place: EndFigures] = [:]
    var silences: [Place: MeasuredFlowStore.Silence] = [:]
    var queueTimes: [(tenantID: TenantID?, senderID: SenderID?, time: MeasuredMessageStore.QueueTime)] = []
    var backlog = BacklogStore.Backlog(age: .zero, messages: 0)

    init(at: Timestamp, businesses: [MeasuredSenderStore.Business], senders: [MeasuredSenderStore.Sender]) {
        self.at = at
        self.businesses = businesses
        self.senders = senders
    }

    func measurements() -> [Measurement] {
        var list: [Measurement] = []
        let sendersOf = Dictionary(grouping: senders, by: \.tenantID)
        let placesOf = Dictionary(grouping: Set(messages.keys).union(ends.keys).union(silences.keys), by: \.tenantID)
        var whole = Traffic()
        for business in businesses {
            var all = Traffic()
            let known = sendersOf[business.tenantID] ?? []
            for place in (placesOf[business.tenantID] ?? []).sorted(by: { $0.senderID < $1.senderID }) {
                let one = traffic(of: place)
                all.add(one)
                let ratings = known.first { $0.senderID == place.senderID }?.rating
                list += figures(
                    one, MetricScope(tenantID: place.tenantID, subject: "\(place.senderID)"), of: business,
                    ratings: ratings.map { [$0] } ?? [])
            }
            list += figures(all, MetricScope(tenantID: business.tenantID), of: business, ratings: known.compactMap(\.rating))
            whole.add(all, weight: weights[business.tenantID] ?? 1)
            list += quota(of: business) + known.flatMap { limits(of: $0) }
        }
        list += figures(whole, MetricScope(), of: nil, ratings: senders.compactMap(\.rating))
        list += queueFigures()
        list += platformFigures()
        return list
    }

    // MARK: Traffic

    /// What messages did, of one sender or of many.
    private struct Traffic {
        var messages = MessageFigures()
        var ends = EndFigures()
        var endsOfSixHours = EndFigures()
        var silence = MeasuredFlowStore.Silence(lasts: .zero, waiting: 0)

        /// The silence of many is that of the one who waits longest.
        mutating func add(_ other: Traffic, weight: Double = 1) {
            messages.add(other.messages, weight: weight)
            ends.add(other.ends)
            endsOfSixHours.add(other.endsOfSixHours)
            if other.silence.lasts > silence.lasts || silence.waiting == 0 { silence = other.silence }
        }
    }

    private func traffic(of place: Place) -> Traffic {
        var traffic = Traffic()
        traffic.messages = messages[place] ?? traffic.messages
        traffic.ends = ends[place] ?? traffic.ends
        traffic.endsOfSixHours = endsOfSixHours[place] ?? traffic.endsOfSixHours
        traffic.silence = silences[place] ?? traffic.silence
        return traffic
    }

    /// - Parameter business: nil: the platform, which is held against the usual thresholds.
    private func figures(
        _ traffic: Traffic, _ scope: MetricScope, of business: MeasuredSenderStore.Business?, ratings: [QualityRating]
    ) -> [Measurement] {
        var facts = QualityScore.Facts()
        facts.deliveryRate = traffic.messages.deliveryRate
        facts.failureRate = traffic.ends.failureRate
        facts.readShare = traffic.messages.readShare
        facts.senderRatings = ratings
        facts.templateRatings = (business.map { [$0] } ?? businesses).flatMap(\.templateRatings)
        facts.webhookSlowShare = answers.slowShare
        let allowed = (business?.thresholds ?? .standard).failureRate
        let (messages, ends) = (traffic.messages, traffic.ends)
        return [
            figure(.deliveryRate, scope, messages.deliveryRate, messages.sample),
            figure(.failureRate, scope, ends.failureRate, ends.ended),
            figure(.qualityScore, scope, QualityScore(facts)?.value, max(messages.sample, ends.ended)),
            figure(.retrySuccessRate, scope, messages.retrySuccessRate, messages.retrySample),
            figure(.averageRetries, scope, messages.averageRetries, messages.retrySample),
            figure(.unansweredShare, scope, ends.unansweredShare, ends.attempts),
            figure(.receiptsSilence, scope, traffic.silence.lasts.seconds, traffic.silence.waiting),
            figure(.failureBurnRate, scope, ends.burnRate(allowed: allowed), ends.ended),
            figure(
                .failureBurnRateSixHours, scope, traffic.endsOfSixHours.burnRate(allowed: allowed),
                traffic.endsOfSixHours.ended),
        ].compactMap { $0 }
    }

    private func figure(_ metric: Metric, _ scope: MetricScope, _ value: Double?, _ sample: Int64) -> Measurement? {
        value.map { Measurement(metric, scope, at: at, value: $0, sample: sample) }
    }

    // MARK: Besides messages

    private func limits(of sender: MeasuredSenderStore.Sender) -> [Measurement] {
        let scope = MetricScope(tenantID: sender.tenantID, subject: "\(sender.senderID)")
        let limit = LimitOutlook(
            used: sender.recipientsUsed, most: sender.recipientsMax, ofLastHour: sender.recipientsOfHour)
        return figures(limit, scope, sample: sender.recipientsUsed) + [
            figure(.tokenDaysLeft, scope, sender.tokenExpiresAt.map { ($0 - at).seconds / 86_400 }, 1),
            figure(.senderChecksFailed, scope, Double(sender.checksFailed), 1),
        ].compactMap { $0 }
    }

    private func quota(of business: MeasuredSenderStore.Business) -> [Measurement] {
        let outlook = LimitOutlook(
            sends: business.sendsToday, quota: business.dailyQuota, hoursOfDayGone: business.hoursOfDayGone)
        return figures(outlook, MetricScope(tenantID: business.tenantID), sample: business.sendsToday)
    }

    private func figures(_ limit: LimitOutlook?, _ scope: MetricScope, sample: Int) -> [Measurement] {
        [
            figure(.limitUse, scope, limit?.share, Int64(sample)),
            figure(.limitHoursLeft, scope, limit.map { $0.hoursLeft ?? LimitOutlook.dayHours }, Int64(sample)),
        ].compactMap { $0 }
    }

    private func queueFigures() -> [Measurement] {
        queueTimes.flatMap { tenantID, senderID, time in
            let scope = MetricScope(tenantID: tenantID, subject: senderID.map { "\($0)" } ?? "")
            return [
                Measurement(.queueTimeMedian, scope, at: at, value: time.median, sample: time.sample),
                Measurement(.queueTimeP99, scope, at: at, value: time.p99, sample: time.sample),
            ]
        }
    }

    private func platformFigures() -> [Measurement] {
        let platform = MetricScope()
        return [
            figure(.webhookMedian, platform, answers.median, answers.total),
            figure(.webhookMax, platform, answers.total > 0 ? answers.slowest : nil, answers.total),
            figure(.webhookSlowShare, platform, answers.slowShare, answers.total),
            figure(.backlogAge, platform, backlog.age.seconds, backlog.messages),
        ].compactMap { $0 }
    }
}
