// The real program: one process, one day, its own knowledge folder.
import { spawn } from 'node:child_process';
import http from 'node:http';
import { createInterface } from 'node:readline';

export class Server {
  #process;
  #port;
  #ended;
  #agent = new http.Agent({ keepAlive: true, maxSockets: 4 });

  /** Starts `binary serve` on a free port, as if it were `today`. */
  static async start(binary, knowledge, today) {
    const server = new Server();
    const options = ['serve', '--listen', '127.0.0.1:0', '--today', today, '--knowledge', knowledge];
    const child = spawn(binary, options, { stdio: ['ignore', 'pipe', 'pipe'], env: { SIR_CDS_FEEDBACK_ENABLED: 'false' } });
    server.#process = child;
    server.#ended = new Promise((resolve) => child.once('exit', resolve));
    const said = [];
    child.stderr.on('data', (text) => said.push(text));
    server.#port = await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(`sir-cds serve ended with ${code}: ${said.join('')}`)));
      createInterface({ input: child.stdout }).on('line', (line) => {
        const listening = /^listening on http:\/\/127\.0\.0\.1:(\d+)$/.exec(line);
        if (listening) resolve(Number(listening[1]));
        else said.push(line);
      });
    });
    return server;
  }

  /** The whole assessment of one Bundle. */
  explain(bundle) {
    const body = JSON.stringify(bundle);
    return new Promise((resolve, reject) => {
      const request = http.request(
        {
          host: '127.0.0.1', port: this.#port, path: '/explain', method: 'POST', agent: this.#agent,
          headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) },
        },
        (answer) => {
          const parts = [];
          answer.on('data', (part) => parts.push(part));
          answer.on('end', () => {
            const text = Buffer.concat(parts).toString();
            if (answer.statusCode !== 200) reject(new Error(`/explain answered ${answer.statusCode}: ${text}`));
            else resolve(JSON.parse(text));
          });
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  async stop() {
    this.#agent.destroy();
    this.#process.kill('SIGTERM');
    await this.#ended;
  }
}
