import Runtime
import Testing

@testable import retry_scheduler

@Suite struct SweepRouteTests {
    @Test func onlyTheWholeSecretIsLetIn() {
        let secret = Secret("correct horse")
        #expect(SweepRoute.isBearer("Bearer correct horse", of: secret))
        #expect(SweepRoute.isBearer("bearer  correct horse", of: secret))
        for header in [nil, "", "Bearer", "Bearer ", "Bearer correct hors", "Bearer correct horse2", "Basic correct horse"] {
            #expect(!SweepRoute.isBearer(header, of: secret), "\(header ?? "none")")
        }
    }
}
