import APIKit
import Runtime
import Testing

@Suite struct SweepRouteTests {
    @Test func onlyTheWholeSecretIsLetIn() {
        let secret = Secret("correct horse")
        #expect(CronSecret.isBearer("Bearer correct horse", of: secret))
        #expect(CronSecret.isBearer("bearer  correct horse", of: secret))
        for header in [nil, "", "Bearer", "Bearer ", "Bearer correct hors", "Bearer correct horse2", "Basic correct horse"] {
            #expect(!CronSecret.isBearer(header, of: secret), "\(header ?? "none")")
        }
    }
}
