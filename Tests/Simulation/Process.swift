import Models

/// A process of ours: it dies between any two steps and comes back without its memory, it stands still, and its clock
/// is not always right.
class Process {
    unowned let world: World
    let name: String
    private(set) var isAlive = false
    /// What was asked in an earlier life is not answered.
    private var life = 0
    private var pausedUntil = World.start
    private var startedAt = World.start
    private var anchor = World.start
    private var clockOffset = Duration.zero

    init(_ name: String, in world: World) {
        self.name = name
        self.world = world
    }

    /// What the process does first.
    func begin() {}
    /// Memory is gone.
    func forget() {}

    func start() {
        guard !isAlive else { return }
        isAlive = true
        startedAt = world.now
        anchor = wall
        begin()
    }

    func die() {
        guard isAlive else { return }
        isAlive = false
        life += 1
        forget()
    }

    func pause(for span: Duration) { pausedUntil = max(pausedUntil, world.now + span) }
    func stepClock(by span: Duration) { clockOffset = span }

    /// The wall clock, which steps.
    var wall: Timestamp { world.now + clockOffset }
    /// The wall clock of the start and monotonic time since: what the planner is given.
    var steady: Timestamp { anchor + (world.now - startedAt) }

    func after(_ span: Duration, _ action: @escaping () -> Void) {
        let life = life
        world.after(span) { [unowned self] in self.run(in: life, action) }
    }

    /// One transaction: it may not come to pass, and its answer may not come back.
    func ask<Answer>(_ statement: @escaping (Store) -> Answer, then: @escaping (Answer?) -> Void) {
        let there = world.span(200, 8_000)
        let back = world.span(200, 8_000)
        if world.happens(world.weather.databaseAway) { return after(there + .milliseconds(100)) { then(nil) } }
        let isLost = world.happens(world.weather.databaseAnswerLost)
        let life = life
        // Once asked, it is done, whatever becomes of who asked.
        world.after(there) { [unowned self, world] in
            let answer = statement(world.store)
            world.after(back) { [unowned self] in self.run(in: life) { then(isLost ? nil : answer) } }
        }
    }

    /// Until it is answered.
    func insist<Answer>(_ statement: @escaping (Store) -> Answer, then: @escaping (Answer) -> Void) {
        ask(statement) { [unowned self] answer in
            if let answer { return then(answer) }
            after(world.span(50_000, 400_000)) { [unowned self] in insist(statement, then: then) }
        }
    }

    private func run(in life: Int, _ action: @escaping () -> Void) {
        guard isAlive, life == self.life else { return }
        if pausedUntil > world.now {
            // What piled up meanwhile happens in the order in which it came.
            return world.at(pausedUntil) { [unowned self] in self.run(in: life, action) }
        }
        action()
    }
}
