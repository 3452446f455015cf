// A name drawn with finger, pen or mouse. What is sent are numbers (strokes), not a picture; without this script people sign
// with the code alone or on paper. <div data-sign><canvas><input type="hidden" data-sign-strokes><button data-sign-clear>
const WIDE = 1000, HIGH = 370;
for (const box of document.querySelectorAll("[data-sign]")) {
  const canvas = box.querySelector("canvas");
  const field = box.querySelector("[data-sign-strokes]");
  const pen = canvas.getContext("2d");
  let strokes = [];
  let stroke = null;
  const draw = () => {
    canvas.width = WIDE;
    canvas.height = HIGH;
    pen.lineWidth = 9;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = "#14213d";
    for (const one of strokes) {
      pen.beginPath();
      one.forEach(([x, y], n) => (n ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      if (one.length === 1) pen.lineTo(one[0][0] + 0.1, one[0][1]);
      pen.stroke();
    }
  };
  const keep = () => {
    field.value = strokes.length ? JSON.stringify(strokes) : "";
    draw();
  };
  const at = (event) => {
    const area = canvas.getBoundingClientRect();
    const fit = (value, most) => Math.round(Math.min(most, Math.max(0, value)));
    return [fit(((event.clientX - area.left) / area.width) * WIDE, WIDE), fit(((event.clientY - area.top) / area.height) * HIGH, HIGH)];
  };
  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    stroke = [at(event)];
    strokes.push(stroke);
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    const point = at(event);
    const last = stroke[stroke.length - 1];
    if (Math.abs(point[0] - last[0]) + Math.abs(point[1] - last[1]) < 4) return;
    stroke.push(point);
    draw();
  });
  const end = () => {
    if (!stroke) return;
    stroke = null;
    keep();
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  box.querySelector("[data-sign-clear]").addEventListener("click", () => {
    strokes = [];
    keep();
  });
  try {
    strokes = JSON.parse(field.value || "[]");
  } catch {
    strokes = [];
  }
  draw();
}
