import Models
import Testing

@Suite struct SendForecastTests {
    @Test func theSendersRateDecidesWhereNothingElseDoes() {
        let forecast = SendForecast(of: 8_000, under: .init(messagesPerSecond: 80, waiting: 800))
        #expect(forecast?.duration == .seconds(110))
        #expect(forecast?.limit == .senderRate)
        #expect(forecast?.putOff == [:])
    }

    @Test func aTenantsOwnDelayMayBeLonger() {
        let forecast = SendForecast(of: 10, under: .init(messagesPerSecond: 80, delay: .seconds(3)))
        #expect(forecast?.duration == .seconds(30) && forecast?.limit == .messageDelay)
    }

    @Test func whatExceedsADayIsPutOffToTheNextOnes() {
        let forecast = SendForecast(
            of: 1_000,
            under: .init(
                messagesPerSecond: 80, dailyQuota: 900, sendsToday: 100, recipientsMax: 250, recipientsUsed: 50))
        // 200 today, and 800 on four more days.
        #expect(forecast?.duration == .seconds(4 * 86_400) && forecast?.limit == .portfolioRecipients)
        #expect(forecast?.putOff == [.dailyQuota: 200, .portfolioRecipients: 800])
    }

    @Test func aQuotaOfNothingNeverEnds() {
        #expect(SendForecast(of: 1, under: .init(messagesPerSecond: 80, dailyQuota: 0)) == nil)
    }
}
