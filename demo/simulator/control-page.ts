import { type Service, services } from "../../config/white-room/metrics.ts";
import { escapeHtml, renderPage } from "../page.ts";
import { type FaultName, faultCatalogue, faultNames } from "./faults.ts";

/** The control page: service status, active faults and controls. A script refreshes it. */
export function renderControlPage(links: readonly { readonly title: string; readonly url: string }[]): string {
  return renderPage({
    title: "White Room simulator",
    subtitle: "Simulates three services of an audio plugin platform to demonstrate the monitoring.",
    links,
    content: `
<p id="problem" role="alert" hidden></p>
<h2>Services</h2>
<div class="services">${services.map(renderService).join("")}</div>
<div class="heading"><h2>Faults</h2><label>Duration <select id="duration">
<option value="1m">1 minute</option><option value="5m" selected>5 minutes</option>
<option value="15m">15 minutes</option><option value="1h">1 hour</option></select></label></div>
<ul class="card faults">${faultNames.map(renderFault).join("")}</ul>`,
    style,
    script,
  });
}

function renderService(service: Service): string {
  return `<div class="card service" data-service="${service}"><span class="dot"></span><strong>${service}</strong>
<span class="state">…</span><code class="address"></code></div>`;
}

function renderFault(name: FaultName): string {
  const buttons =
    name === "crash" ? services.map((service) => renderButton(name, service)).join("") : renderButton(name);
  const { does, raises } = faultCatalogue[name];
  return `<li><div><strong>${name}</strong><p>${escapeHtml(does)}</p><p class="raises">Raises ${raises.join(", ")}</p></div>
<div class="actions">${buttons}</div></li>`;
}

function renderButton(name: FaultName, service?: Service): string {
  const query = service === undefined ? "" : ` data-target="${service}"`;
  const what = service === undefined ? name : `crash of ${service}`;
  return `<button type="button" data-fault="${name}"${query} data-label="${service ?? "Start"}" aria-label="Start ${what}">${service ?? "Start"}</button>`;
}

const style = `
.services { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .75rem; }
.service { display: grid; grid-template-columns: auto 1fr auto; gap: .1rem .6rem; align-items: center; padding: .9rem 1.1rem; }
.dot { width: .6rem; height: .6rem; border-radius: 50%; background: var(--line); }
.up .dot { background: var(--good); } .down .dot { background: var(--bad); }
.up .state { color: var(--good); } .down .state { color: var(--bad); }
.address { grid-column: 2 / -1; color: var(--quiet); }
.heading { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; margin: 2.25rem 0 .75rem; }
.heading h2 { margin: 0; } .heading label { color: var(--quiet); }
.faults { list-style: none; margin: 0; padding: 0; }
.faults li { display: flex; flex-wrap: wrap; gap: .6rem 1.5rem; align-items: center; justify-content: space-between; padding: .9rem 1.1rem; }
.faults li + li { border-top: 1px solid var(--line); }
.faults li > div:first-child { flex: 1 1 16rem; }
.raises { font-size: .85rem; overflow-wrap: anywhere; }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; }
.actions button { min-width: 7.5rem; font-variant-numeric: tabular-nums; }
button.active { background: var(--bad-fill); border-color: var(--bad); color: var(--bad); }
#problem { color: var(--bad); }
@media (max-width: 40rem) { .actions { width: 100%; } .actions button { flex: 1 1 auto; } }
`;

const script = `
const problem = document.getElementById("problem");
async function refresh() {
  try {
    const { faults, services } = await (await fetch("faults")).json();
    for (const { name, up, port } of services) {
      const card = document.querySelector('[data-service="' + name + '"]');
      card.className = "card service " + (up ? "up" : "down");
      card.querySelector(".state").textContent = up ? "up" : "crashed";
      card.querySelector(".address").textContent = ":" + port + "/metrics";
    }
    for (const button of document.querySelectorAll("[data-fault]")) {
      const { fault, target, label } = button.dataset;
      const active = faults.find((each) => each.name === fault && each.service === target);
      button.classList.toggle("active", active !== undefined);
      button.textContent = active ? (target ? target + " · " : "Stop · ") + active.remaining : label;
      const what = target ? "crash of " + target : fault;
      button.setAttribute("aria-label", (active ? "Stop " : "Start ") + what);
    }
    problem.hidden = true;
  } catch (error) {
    problem.textContent = "The simulator does not respond: " + error.message;
    problem.hidden = false;
  }
}
document.addEventListener("click", async ({ target: button }) => {
  const { fault, target } = button.dataset ?? {};
  if (!fault) return;
  const query = new URLSearchParams(target ? { service: target } : {});
  const active = button.classList.contains("active");
  if (!active) query.set("duration", document.getElementById("duration").value);
  button.disabled = true;
  try {
    await fetch("faults/" + fault + "?" + query, { method: active ? "DELETE" : "POST" });
  } catch {
    // The refresh reports the error.
  }
  button.disabled = false;
  await refresh();
});
refresh();
setInterval(refresh, 1000);
`;
