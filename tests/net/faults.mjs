// SPDX-License-Identifier: MIT
// What goes wrong. A fault is given a stage to play on and a dice for its details, and has undone
// what it did when it returns; `stage.rest(ms)` returns early when the time is over. Light ones a
// session survives, most of the time; severe ones mostly end it.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of a client's line. */
export const lineFaults = {
    light: {
        async storm({ link, say, rest }, dice) {
            const rules = { loss: dice.between(20, 300), twice: dice.between(0, 100),
                overtake: dice.between(0, 300), delayMs: dice.between(0, 200),
                jitterMs: dice.between(0, 200) };
            say(JSON.stringify(rules));
            link.set('both', rules);
            await rest(dice.between(3000, 8000));
            link.calm();
        },
        async narrow({ link, say, rest }, dice) {
            const rules = { bytesPerS: dice.between(4000, 64000), delayMs: dice.between(20, 700) };
            say(JSON.stringify(rules));
            link.set('both', rules);
            await rest(dice.between(3000, 8000));
            link.calm();
        },
        async silence({ link, say, rest }, dice) {
            const way = dice.pick(['both', 'in', 'out']);
            say(way);
            link.set(way, { loss: 1000 });
            await rest(dice.between(500, 7000));
            link.calm();
        },
        async unplugged({ link, rest, party, say }, dice) {
            link.unplug();
            await rest(dice.between(300, 5000));
            link.plug();
            if (!dice.chance(50)) return;
            say('told');
            party.say('network');
        },
        async moved({ link, party, say }, dice) {
            link.move();
            const isTold = dice.chance(80);
            say(`${link.address}${isTold ? ', told' : ''}`);
            if (isTold) party.say('network');
        },
    },
    severe: {
        /** No connection lives on, and nobody is told: a client finds out by its time-outs. */
        async forgotten({ link }) {
            link.forget();
        },
        /** Longer than the server keeps a session. */
        async away({ link, rest, goneMs }, dice) {
            link.set('both', { loss: 1000 });
            await rest(goneMs + dice.between(1000, 4000));
            link.calm();
        },
    },
};

/** Sends a signal to a service and its workers. */
const signal = (service, name) => service.running && process.kill(-service.pid, name);

/** Changes a line of Nginx's configuration and lets it read that. */
function reconfigure({ rig }, pattern, text) {
    const file = join(rig.directory, 'nginx', 'nginx.conf');
    writeFileSync(file, readFileSync(file, 'utf8').replace(pattern, text));
    if (rig.proxy.running) process.kill(rig.proxy.pid, 'SIGHUP');
}

/** Stops a service, and starts it again a little later. */
async function outage(service, { rest, say }, dice, signals, ms) {
    const how = dice.pick(signals);
    say(how);
    await service.stop(how);
    await rest(dice.between(0, ms));
    await service.start();
}

/** Of the servers; both clients meet them. */
export const serverFaults = {
    light: {
        async 'nginx reloaded'({ rig }) {
            process.kill(rig.proxy.pid, 'SIGHUP');
        },
        async 'nginx restarted'(stage, dice) {
            await outage(stage.rig.proxy, stage, dice, ['SIGTERM', 'SIGQUIT', 'SIGKILL'], 4000);
        },
        async 'nginx frozen'({ rig, rest }, dice) {
            signal(rig.proxy, 'SIGSTOP');
            await rest(dice.between(500, 6000));
            signal(rig.proxy, 'SIGCONT');
        },
        /** Shorter than `wait`: it cuts the requests that the server holds. */
        async 'nginx impatient'(stage, dice) {
            reconfigure(stage, /proxy_read_timeout \d+s/, 'proxy_read_timeout 1s');
            await stage.rest(dice.between(4000, 8000));
            reconfigure(stage, /proxy_read_timeout \d+s/, 'proxy_read_timeout 150s');
        },
        async 'server frozen'({ rig, rest }, dice) {
            signal(rig.server, 'SIGSTOP');
            await rest(dice.between(500, 5000));
            signal(rig.server, 'SIGCONT');
        },
    },
    severe: {
        /** Bodies the client may send are refused. */
        async 'nginx narrow-minded'(stage, dice) {
            reconfigure(stage, /client_max_body_size \d+k/, 'client_max_body_size 1k');
            await stage.rest(dice.between(1000, 3000));
            dice.pick(stage.parties).write(4000);
            await stage.rest(dice.between(1000, 3000));
            reconfigure(stage, /client_max_body_size \d+k/, 'client_max_body_size 64k');
        },
        async 'server restarted'(stage, dice) {
            await outage(stage.rig.server, stage, dice, ['SIGTERM', 'SIGKILL'], 3000);
        },
        /** Longer than it keeps a session. */
        async 'server frozen for long'({ rig, rest, goneMs }, dice) {
            signal(rig.server, 'SIGSTOP');
            await rest(goneMs + dice.between(1000, 4000));
            signal(rig.server, 'SIGCONT');
        },
        async 'both stopped'(stage, dice) {
            await stage.rig.proxy.stop(dice.pick(['SIGTERM', 'SIGKILL']));
            await outage(stage.rig.server, stage, dice, ['SIGTERM', 'SIGKILL'], 2000);
            await stage.rest(dice.between(0, 2000));
            await stage.rig.proxy.start();
        },
    },
};
