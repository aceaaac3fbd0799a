/**
 * The whole product on one machine: a server, real Envoys, three versions of a service and a load,
 * with one release that is promoted and one that is rolled back. Everything is asked and told over
 * the same API that anybody else has; nothing is decided here.
 *
 * <p>In flow options and what the API and the load report; out flow a screen and a {@link
 * dev.serin.cli.demo.DemoReport}. One thread runs the scenario; the load's and the watch's threads
 * only add to {@link dev.serin.cli.demo.Ledger} and a queue.
 */
@NullMarked
package dev.serin.cli.demo;

import org.jspecify.annotations.NullMarked;
