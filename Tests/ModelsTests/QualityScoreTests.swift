import Models
import Testing

/// The formula as it is written down.
@Suite struct QualityScoreTests {
    @Test func allPartsTogetherAreTheWeightedMean() throws {
        var facts = QualityScore.Facts()
        facts.deliveryRate = 0.96
        facts.failureRate = 0.02
        facts.readShare = 0.25
        facts.senderRatings = [.green, .yellow]
        facts.templateRatings = [.red]
        facts.webhookSlowShare = 0.06
        let score = try #require(QualityScore(facts))
        let expected = 0.40 * 0.96 + 0.20 * 0.98 + 0.10 * 0.5 + 0.15 * 0.75 + 0.10 * 0 + 0.05 * 0.5
        #expect(abs(score.value - expected) < 1e-12)
        #expect(score.parts.count == 6)
    }

    @Test func whatIsNotKnownWeighsNothing() throws {
        var facts = QualityScore.Facts()
        facts.deliveryRate = 0.9
        #expect(QualityScore(facts)?.value == 0.9)
        facts.senderRatings = [.red]
        let score = try #require(QualityScore(facts))
        #expect(abs(score.value - 0.40 * 0.9 / 0.55) < 1e-12)
    }

    @Test func withoutTrafficThereIsNoScore() {
        var facts = QualityScore.Facts()
        facts.senderRatings = [.green]
        facts.templateRatings = [.green]
        facts.webhookSlowShare = 0
        #expect(QualityScore(facts) == nil)
        facts.failureRate = 0
        #expect(QualityScore(facts)?.value == 1)
    }

    @Test func everyPartStaysBetweenNothingAndAll() throws {
        var facts = QualityScore.Facts()
        facts.deliveryRate = 1
        facts.readShare = 0.9
        facts.webhookSlowShare = 0.5
        let parts = try #require(QualityScore(facts)).parts
        #expect(parts[.reading] == 1)
        #expect(parts[.webhooks] == 0)
        facts.webhookSlowShare = 0
        #expect(QualityScore(facts)?.parts[.webhooks] == 1)
    }

    @Test func weightsAddUpToOne() {
        #expect(abs(QualityScore.Part.allCases.reduce(0) { $0 + $1.weight } - 1) < 1e-12)
    }

    @Test func ratingsAreReadAsProvidersWriteThem() {
        #expect(QualityRating(provider: "GREEN") == .green)
        #expect(QualityRating(provider: "HIGH") == .green)
        #expect(QualityRating(provider: "LOW") == .red)
        #expect(QualityRating(provider: "UNKNOWN") == nil)
        #expect(QualityRating(provider: nil) == nil)
    }
}
