'use strict';
(function () {
	const data = JSON.parse(document.getElementById('cluster-data').textContent);
	const place = document.getElementById('cluster');
	const range = document.getElementById('instant');
	const shown = document.getElementById('instant-text');
	const summary = document.getElementById('instant-summary');
	const belief = ['Ready=False', 'Ready', 'Ready=Unknown', 'no report yet'];
	const kind = ['', 'starting', 'ready', 'notready', 'gone'];
	const words = ['', 'starting', 'Ready', 'running, not Ready', 'containers gone'];
	let timer = 0;

	function span(t) {
		const s = Math.round(t * 10) / 10, d = Math.floor(s / 86400), h = Math.floor(s % 86400 / 3600);
		const m = Math.floor(s % 3600 / 60);
		return (d ? d + 'd' : '') + (d || h ? h + 'h' : '') + (d || h || m ? m + 'm' : '') + +(s % 60).toFixed(1) + 's';
	}
	/* The last of [time, value...] that is not after t. */
	function at(list, t) {
		let low = 0, high = list.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (list[middle][0] <= t) low = middle + 1; else high = middle;
		}
		return low ? list[low - 1] : null;
	}
	function draw(t) {
		const pods = data.nodes.map(function () { return []; });
		const count = [0, 0, 0, 0, 0];
		let waiting = 0, up = 0, ready = 0, there = 0;
		data.pods.forEach(function (pod) {
			const now = at(pod.e, t);
			if (!now || now[2] === 0) return;
			count[now[2]]++;
			if (now[1] < 0) waiting++; else pods[now[1]].push([pod.n, now[2]]);
		});
		place.textContent = '';
		data.nodes.forEach(function (node, i) {
			const now = at(node.e, t);
			if (!now || now[1] === 2) return;
			const card = document.createElement('div');
			there++; up += now[1]; ready += now[2] === 1 ? 1 : 0;
			card.className = 'node' + (now[1] ? '' : ' down') + (now[2] === 1 ? '' : ' unknown');
			card.setAttribute('role', 'listitem');
			const name = document.createElement('b'), state = document.createElement('small');
			name.textContent = node.n;
			state.textContent = (now[1] ? 'up' : 'FAILED') + ' \u00b7 ' + belief[now[2]] + (now[3] ? ' \u00b7 tainted' : '');
			card.append(name, state);
			pods[i].forEach(function (pod) {
				const square = document.createElement('span');
				square.className = 'pod ' + kind[pod[1]];
				square.title = pod[0] + ': ' + words[pod[1]];
				card.append(square);
			});
			place.append(card);
		});
		shown.textContent = span(t);
		range.setAttribute('aria-valuetext', span(t));
		let text = up + ' of ' + there + ' nodes work; Kubernetes believes ' + ready + ' to be Ready.';
		if (data.pods.length)
			text += ' Pods: ' + count[2] + ' Ready, ' + count[3] + ' running but not Ready, ' + count[1] +
				' starting, ' + count[4] + ' whose containers are gone' +
				(waiting ? ', ' + waiting + ' without a node' : '') + '.';
		summary.textContent = text;
	}
	/* To the next or the previous instant at which something changed. */
	function step(forward) {
		const t = +range.value, list = data.instants;
		for (let i = 0; i < list.length; i++) {
			const k = forward ? i : list.length - 1 - i;
			if (forward ? list[k] > t + 1e-6 : list[k] < t - 1e-6) { range.value = list[k]; break; }
		}
		draw(+range.value);
	}
	function play() {
		if (timer) { clearInterval(timer); timer = 0; this.textContent = 'Play'; return; }
		this.textContent = 'Pause';
		const button = this;
		timer = setInterval(function () {
			if (+range.value >= data.end) { play.call(button); return; }
			step(true);
		}, 700);
	}
	place.className = data.nodes.length > 60 ? 'small' : '';
	document.getElementById('slider').hidden = false;
	range.addEventListener('input', function () { draw(+range.value); });
	document.getElementById('back').addEventListener('click', function () { step(false); });
	document.getElementById('forward').addEventListener('click', function () { step(true); });
	document.getElementById('play').addEventListener('click', play);
	draw(+range.value);
})();
