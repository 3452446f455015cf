// A photo made smaller on the device (longest side 1600 px), and whether this browser can draw it at all.
const LONGEST = 1600;

export async function smaller(file) {
  if (!file.type.startsWith("image/") || file.type === "image/gif" || file.type === "image/svg+xml") return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    if (scale === 1 && file.size < 1_200_000) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return blob && blob.size < file.size ? new File([blob], `${file.name.replace(/\.[^.]*$/, "")}.jpg`, { type: "image/jpeg", lastModified: file.lastModified }) : file;
  } catch { return file; } // a kind this browser cannot read goes up as it is; the server judges it
}

// What this browser cannot draw, the server cannot read either: better said now than after everything was sent.
export async function drawable(file) {
  if (typeof createImageBitmap !== "function") return true;
  try { (await createImageBitmap(file)).close(); return true; } catch { return false; }
}
