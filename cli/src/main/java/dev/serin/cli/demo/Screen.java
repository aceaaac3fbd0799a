package dev.serin.cli.demo;

/** Where a demo shows what happens. Called by the scenario's thread alone. */
interface Screen {
  /** Something to read that stays. */
  void say(String text);

  /** How a release stands now. */
  void show(Frame frame);

  /** Nothing more of this release. */
  void done();
}
